import { defineConfig } from "vitest/config";

const resolve = { conditions: ["@seawall/source"] };
const ssr = { resolve: { conditions: ["@seawall/source"] } };

/**
 * unit: no root, no real hosts, parallel. host: root and real programs in
 * namespaces, one file at a time because the machine has few cores.
 */
export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: "unit",
          include: ["*/src/**/*.test.ts", "test/*/src/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: ["**/*.host.test.ts", "**/dist/**", "**/node_modules/**"],
          testTimeout: 20_000,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "host",
          include: ["*/src/**/*.host.test.ts", "test/*/src/**/*.host.test.ts"],
          exclude: ["**/dist/**", "**/node_modules/**"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
