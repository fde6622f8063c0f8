import { defineConfig } from "vitest/config";

/** `npm run bench`: what things cost on real kernels, one after the other, printed as tables. */
export default defineConfig({
  resolve: { conditions: ["@seawall/source"] },
  ssr: { resolve: { conditions: ["@seawall/source"] } },
  test: {
    include: ["agent/src/**/*.bench.ts", "test/e2e/src/**/*.bench.ts"],
    exclude: ["**/dist/**", "**/node_modules/**"],
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 180_000,
  },
});
