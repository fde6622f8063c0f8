// Everything that can be said about the tree without running it. Each check is
// named, timed and run to its end, so that one run shows all that is wrong.
import { spawnSync } from "node:child_process";

const checks = [
  ["generated types are up to date", "node", ["scripts/generated.mjs"]],
  ["types", "node_modules/.bin/tsc", ["-b"]],
  ["types of tests", "node_modules/.bin/tsc", ["-p", "tsconfig.test.json"]],
  ["lint", "node_modules/.bin/eslint", ["."]],
  ["formatting", "node_modules/.bin/biome", ["check", "."]],
  [
    "import rules",
    "node_modules/.bin/depcruise",
    ["proto/src", "policy/src", "controller/src", "agent/src", "cli/src", "test", "deploy"],
  ],
  ["nothing unused", "node_modules/.bin/knip", ["--no-progress"]],
  ["generated docs are up to date", "node", ["scripts/generated.mjs", "docs"]],
];

let failed = 0;
for (const [name, command, args] of checks) {
  const begin = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  if (status !== 0) {
    failed += 1;
    console.log(`${stdout ?? ""}${stderr ?? ""}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
