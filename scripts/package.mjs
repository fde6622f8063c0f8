// One tarball that runs on a host with Node and nothing else of ours:
//   seawall-<version>.tar.gz → seawall-<version>/{bin,node_modules,…,deploy/systemd}
// The workspaces are copied built and without their tests; production modules only.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const name = `seawall-${version}`;
const out = ".cache/package";
const tree = join(out, name);
const workspaces = ["proto", "policy", "controller", "agent", "cli"];
const documents = ["LICENSE", "README.md", "CHANGELOG.md", "docs", "examples", "deploy/systemd"];

// .npmrc runs no install scripts. protobufjs's only prints; the others build native parts of Docker
// over SSH, which the agent does not use.
const workWithoutInstallScript = ["protobufjs", "ssh2", "cpu-features"];

/** What a host runs, and nothing that an earlier build of a deleted file left behind. */
function isShipped(workspace, path) {
  if (statSync(path).isDirectory()) return true;
  const source = join(
    workspace,
    "src",
    relative(join(workspace, "dist"), path).replace(/\.js$/, ".ts"),
  );
  return path.endsWith(".js") && existsSync(source);
}

function copyTree() {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(tree, { recursive: true });
  for (const workspace of workspaces) {
    const to = join(tree, workspace);
    for (const part of ["package.json", "bin", "seawall"]) {
      if (existsSync(join(workspace, part))) {
        cpSync(join(workspace, part), join(to, part), { recursive: true });
      }
    }
    cpSync(join(workspace, "dist"), join(to, "dist"), {
      recursive: true,
      filter: (path) => isShipped(workspace, path),
    });
  }
  for (const part of ["bundle", "seawall", "package.json"]) {
    cpSync(join("cli/dist", part), join(tree, "cli/dist", part), { recursive: true });
  }
  for (const path of [...documents, ".npmrc", "package-lock.json"]) {
    cpSync(path, join(tree, path), { recursive: true });
  }
}

/** Exactly the locked modules, without what only development needs. */
function installModules() {
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  delete manifest.devDependencies;
  delete manifest.scripts;
  manifest.workspaces = workspaces;
  writeFileSync(join(tree, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  execFileSync("npm", ["install", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: tree,
    stdio: "inherit",
  });
  const lock = readFileSync(join(tree, "node_modules/.package-lock.json"), "utf8");
  const unknown = Object.entries(JSON.parse(lock).packages)
    .filter(([, module]) => module.hasInstallScript)
    .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length))
    .filter((module) => !workWithoutInstallScript.includes(module));
  if (unknown.length > 0) {
    throw new Error(`${unknown.join(", ")}: has an install script, and none may run on a host`);
  }
}

/** Owned by root and writable by nobody else, whoever packs it. */
function pack() {
  mkdirSync(join(tree, "bin"));
  const start = '#!/usr/bin/env node\nimport "../cli/bin/seawall.js";\n';
  writeFileSync(join(tree, "bin/seawall"), start, { mode: 0o755 });
  const said = execFileSync(join(tree, "bin/seawall"), ["version", "--client"], {
    encoding: "utf8",
  });
  if (!said.includes(version)) throw new Error(`bin/seawall says "${said.trim()}", not ${version}`);
  execFileSync(
    "tar",
    [
      "--sort=name",
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      "--mode=u=rwX,go=rX",
      "-czf",
      `${name}.tar.gz`,
      name,
    ],
    { cwd: out },
  );
}

copyTree();
installModules();
pack();
console.log(join(out, `${name}.tar.gz`));
