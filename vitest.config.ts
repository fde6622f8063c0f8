import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const resolve = { conditions: ["@seawall/source"] };
const ssr = { resolve: { conditions: ["@seawall/source"] } };

/** What floods or measures: one at a time, and beside it no other host. */
const alone = [
  "controller/src/nats/credentials.host.test.ts",
  "controller/src/revocation.host.test.ts",
  "test/lab/src/stream.host.test.ts",
  "test/leak/src/leaks.host.test.ts",
];

/**
 * What tells by waiting that a packet does not come, or that nothing is left: fleets that start may not run beside it.
 * Pure code may. It takes a processor and nothing else, and most of this is waiting. So do hosts that are simulated.
 */
const packets = [
  "test/fleet/src/fleet.host.test.ts",
  "test/property/src/kernel.host.test.ts",
  "test/property/src/catalogue.host.test.ts",
  "test/lab/src/cleanup.host.test.ts",
];

/** Pure code that takes long: together as much of one processor as `alone` leaves idle. */
const drawings = [
  "policy/src/address-set.test.ts",
  "policy/src/lint-default.test.ts",
  "policy/src/parse-any-text.test.ts",
  "policy/src/policy-tests-interfaces.test.ts",
  "policy/src/reachable-sources.test.ts",
  "policy/src/read-yaml.test.ts",
  "test/property/src/connections.test.ts",
  "test/property/src/diff-traffic.test.ts",
  "test/property/src/simulate.test.ts",
  "test/property/src/walk.test.ts",
];

/**
 * What takes longest, whatever is written of it: one that begins last runs while all but one worker are done. Of `alone` the
 * first: another of them would wait for it and keep the worker that drawings want.
 */
const longest = [
  /\/test\/(?:property\/src\/(?:kernel\.host|simulate)|fleet\/src\/fleet\.host|leak\/src\/leaks\.host)\./,
  /\/test\/(?:e2e|chaos|matrix|property)\/|\/cleanup\.host\./,
];

/** First the longest of all, and of the rest the largest, where nothing is known of earlier runs. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = longest.findIndex((pattern) => pattern.test(moduleId));
      return found < 0 ? longest.length : found;
    };
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

// Drawn cases leave much garbage, and with 16 MiB for what is young a tenth of the time goes to that.
const muchGarbage = ["--max-semi-space-size=64"];

const besidePackets = {
  // One more than there are processors: a file of `packets` waits much of its time.
  maxWorkers: availableParallelism() + 1,
  execArgv: muchGarbage,
  sequence: { groupOrder: 0 },
};

const besideAlone = { maxWorkers: 2, sequence: { groupOrder: 2 } };

/**
 * unit: no root, no real hosts. packets: see above. host: root and real programs in namespaces, two files more than there are
 * processors: with one more, two processors have nothing to do for a third of the time. alone, drawings: see above.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: "unit",
          include: ["*/src/**/*.test.ts", "test/*/src/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: [...drawings, "**/*.host.test.ts", "**/dist/**", "**/node_modules/**"],
          ...besidePackets,
          // Pure code, and no mocks: a file has nothing to hide from the next one, and loading everything anew for each
          // costs as much as the tests.
          isolate: false,
          setupFiles: ["cli/src/testing/after-each-file.ts"],
          // Longer than `eventually` waits, so that it can say what it waited for.
          testTimeout: 90_000,
        },
      },
      {
        resolve,
        ssr,
        test: {
          ...besidePackets,
          name: "packets",
          include: packets,
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "host",
          include: ["*/src/**/*.host.test.ts", "test/*/src/**/*.host.test.ts"],
          exclude: [...alone, ...packets, "**/dist/**", "**/node_modules/**"],
          maxWorkers: availableParallelism() + 2,
          // Loading the lab and the CLI anew for each file costs a minute.
          isolate: false,
          // What hangs ends with these. What takes 20 s alone has taken 120 s beside three others on a slow machine.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve,
        ssr,
        test: {
          ...besideAlone,
          name: "drawings",
          include: drawings,
          isolate: false,
          execArgv: muchGarbage,
        },
      },
      {
        resolve,
        ssr,
        test: {
          ...besideAlone,
          name: "alone",
          include: alone,
          isolate: false,
          setupFiles: ["test/lab/src/one-at-a-time.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
