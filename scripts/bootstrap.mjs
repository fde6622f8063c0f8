// The one way in: `npm test`, `npm run demo` and their like start here, on a
// machine that has nothing but Node, npm and (for real hosts) root on Debian.
// Plain JavaScript without dependencies: nothing is installed yet.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isInstalled, whyNoRealHosts, whyOldNode } from "./requirements.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(root);
// Newer versions of Node would leave compiled code of ours in /tmp.
process.env.NODE_DISABLE_COMPILE_CACHE = "1";
const [verb, ...rest] = process.argv.slice(2);
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];

function stop(message) {
  console.error(`seawall: ${message}.`);
  process.exit(2);
}

/** Runs a command to its end. A signal to us is one to it, and then the end of us both. */
async function run(command, args) {
  const child = spawn(command, args, { stdio: "inherit" });
  let stopped;
  const pass = (signal) => {
    stopped = signal;
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);
  const code = await new Promise((resolve) => {
    child.once("error", (error) => stop(`cannot start ${command}: ${error.message}`));
    child.once("exit", resolve);
  });
  for (const signal of signals) process.off(signal, pass);
  if (stopped !== undefined) process.exit(128 + constants.signals[stopped]);
  return code;
}

/** Goes on as another program, in this very process: signals and exit codes are its own. */
async function become(file, args) {
  process.argv = [process.execPath, join(root, file), ...args];
  await import(pathToFileURL(join(root, file)).href);
}

/**
 * A kill -9 of npm does not reach its child; without npm nobody waits for us any more. The scripts in
 * package.json say `exec`, so that npm is our parent and no shell is between us.
 */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 500);
  watch.unref();
}

function textOf(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

async function installModules() {
  const installed = textOf("node_modules/.package-lock.json");
  if (isInstalled(readFileSync("package-lock.json", "utf8"), installed)) return;
  console.error("seawall: installing npm modules into node_modules/ (npm ci, about 130 MB) …");
  if ((await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"])) !== 0) {
    stop("npm ci failed, see above. The first start needs the network: npm's registry");
  }
}

async function build() {
  for (const step of [["node_modules/typescript/bin/tsc", "-b"], ["scripts/bundle.mjs"]]) {
    if ((await run(process.execPath, step)) !== 0) stop("the build failed, see above");
  }
}

async function test() {
  const args = ["run", ...rest];
  if (noRealHosts !== undefined) {
    args.push("--project", "unit", "--project", "drawings");
    process.on("exit", () => {
      console.error(`\nLEFT OUT: every test on real hosts. ${noRealHosts}.\n`);
    });
  }
  await become("node_modules/vitest/vitest.mjs", args);
}

/** Every cell of the matrix of engines, of which `test` takes a few. */
async function testMatrix() {
  process.env.SEAWALL_MATRIX = "all";
  const args = ["run", "--project", "host", "test/matrix", ...rest];
  await become("node_modules/vitest/vitest.mjs", args);
}

/** All of the leak tests, on every engine; `npm test` has a part of them on one. */
async function testLeak() {
  process.env.SEAWALL_LEAK = "all";
  const leaks = ["--project", "alone", "--reporter=verbose", "test/leak/"];
  await become("node_modules/vitest/vitest.mjs", ["run", ...leaks, ...rest]);
}

function bench() {
  return become("node_modules/vitest/vitest.mjs", [
    "run",
    "--config",
    "vitest.bench.config.ts",
    ...rest,
  ]);
}

const verbs = {
  test,
  "test:matrix": testMatrix,
  "test:leak": testLeak,
  "test:chaos": () => become("test/chaos/dist/main.js", rest),
  bench,
  check: () => become("scripts/check.mjs", []),
  demo: () => become("deploy/demo/dist/main.js", rest),
  lab: () => become("test/lab/dist/main.js", rest),
  package: () => become("scripts/package.mjs", rest),
};

if (!Object.hasOwn(verbs, verb ?? "")) {
  stop(`usage: node scripts/bootstrap.mjs ${Object.keys(verbs).join("|")}`);
}
const oldNode = whyOldNode(process.versions.node);
if (oldNode !== undefined) stop(oldNode);
const noRealHosts = whyNoRealHosts({
  platform: process.platform,
  osRelease: textOf("/etc/os-release") ?? "",
  uid: process.getuid?.(),
  mirror: process.env.SEAWALL_LAB_MIRROR,
});
const onRealHosts = ["bench", "demo", "lab", "test:leak", "test:matrix", "test:chaos"];
if (onRealHosts.includes(verb) && noRealHosts !== undefined) stop(noRealHosts);
endWithNpm();
await installModules();
await build();
await verbs[verb]();
