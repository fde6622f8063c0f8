import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const resolve = { conditions: ["@seawall/source"] };
const ssr = { resolve: { conditions: ["@seawall/source"] } };

/**
 * What tells by waiting that a packet does not come, or that nothing is left, and what floods or measures: nothing else
 * may run beside it.
 */
const alone = [
  "agent/src/nft-stream.host.test.ts",
  "test/property/src/catalogue.host.test.ts",
  "test/property/src/kernel.host.test.ts",
  "test/lab/src/cleanup.host.test.ts",
  "test/lab/src/stream.host.test.ts",
  "test/leak/src/leaks.host.test.ts",
];

/**
 * The largest files first, where nothing is known of earlier runs; but before them all that lies in test/: whole fleets and
 * drawn cases take longest, whatever is written of them, and one that begins last runs while all but one worker are done.
 */
class FleetsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      /\/test\/(?:e2e|chaos|matrix|property)\//.test(moduleId);
    const projects = [...new Set(sorted.map(({ project }) => project))];
    return projects.flatMap((project) => {
      const own = sorted.filter((file) => file.project === project);
      return [...own.filter(isLong), ...own.filter((file) => !isLong(file))];
    });
  }
}

/**
 * unit: no root, no real hosts. host: root and real programs in namespaces, four
 * files at a time, because each waits much of its time. alone: see above.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: FleetsFirst },
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: "unit",
          include: ["*/src/**/*.test.ts", "test/*/src/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: ["**/*.host.test.ts", "**/dist/**", "**/node_modules/**"],
          // The default leaves one core idle, which is half of a small machine.
          maxWorkers: "100%",
          // Pure code, and no mocks: a file has nothing to hide from the next one, and loading everything anew for each
          // costs as much as the tests.
          isolate: false,
          setupFiles: ["cli/src/testing/after-each-file.ts"],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "host",
          include: ["*/src/**/*.host.test.ts", "test/*/src/**/*.host.test.ts"],
          exclude: [...alone, "**/dist/**", "**/node_modules/**"],
          maxWorkers: 4,
          // Loading the lab and the CLI anew for each file costs a minute.
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "alone",
          include: alone,
          fileParallelism: false,
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
