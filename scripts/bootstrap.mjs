// The one way in: `npm test`, `npm run demo` and their like start here, on a
// machine that has nothing but Node, npm and (for real hosts) root on Debian.
// Plain JavaScript without dependencies: nothing is installed yet.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(root);
const [verb, ...rest] = process.argv.slice(2);

function stop(message) {
  console.error(`seawall: ${message}`);
  process.exit(2);
}

function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { stdio: "inherit", ...options });
  if (error !== undefined) stop(`cannot start ${command}: ${error.message}`);
  return signal === null ? status : 1;
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    stop(
      `needs Node 20.19 or newer, this is ${process.versions.node}. Install a newer Node and run the same command again.`,
    );
  }
}

// `npm ci` only when the lock file is not the one that was installed.
function installModules() {
  const want = createHash("sha256").update(readFileSync("package-lock.json")).digest("hex");
  const marker = "node_modules/.seawall-lock";
  if (existsSync(marker) && readFileSync(marker, "utf8") === want) return;
  console.error("seawall: installing npm modules into node_modules/ (npm ci) …");
  if (run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]) !== 0) {
    stop("npm ci failed; see above. It needs the npm registry once.");
  }
  writeFileSync(marker, want);
}

function build() {
  if (run(process.execPath, ["node_modules/typescript/bin/tsc", "-b"]) !== 0)
    stop("the build failed; see above");
}

/** Why real hosts cannot run here, or undefined when they can. */
function noRealHosts() {
  if (process.platform !== "linux" || !existsSync("/etc/debian_version")) {
    return "real Docker hosts need Debian 12 or newer (their packages are fetched with apt into .cache/)";
  }
  if (process.getuid() !== 0) {
    return "real Docker hosts need root (network namespaces). Run the same command as root; nothing is installed system-wide";
  }
  return undefined;
}

function requireRealHosts() {
  const reason = noRealHosts();
  if (reason !== undefined) stop(`${reason}.`);
}

function test() {
  const vitest = ["node_modules/vitest/vitest.mjs", "run"];
  const reason = noRealHosts();
  if (reason === undefined) return run(process.execPath, [...vitest, ...rest]);
  const status = run(process.execPath, [...vitest, "--project", "unit", ...rest]);
  console.error(`\nLEFT OUT: every test on real hosts, because ${reason}.\n`);
  return status;
}

const verbs = {
  test,
  check: () => run(process.execPath, ["scripts/check.mjs"]),
  demo: () => run(process.execPath, ["deploy/demo/dist/main.js", ...rest]),
  lab: () => run(process.execPath, ["test/lab/dist/main.js", ...rest]),
  package: () => run(process.execPath, ["scripts/package.mjs", ...rest]),
};

if (!(verb in verbs)) stop(`usage: node scripts/bootstrap.mjs ${Object.keys(verbs).join("|")}`);
requireNode();
if (verb === "demo" || verb === "lab") requireRealHosts();
installModules();
build();
process.exit(verbs[verb]());
