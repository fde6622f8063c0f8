// One tarball that runs on a host with Node and nothing else of ours:
//   seawall-<version>.tar.gz → seawall-<version>/{bin,node_modules,…,deploy/systemd}
// The workspaces are copied built and without their tests; production modules only.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const name = `seawall-${version}`;
const out = ".cache/package";
const tree = join(out, name);
const workspaces = ["proto", "policy", "controller", "agent", "cli"];

rmSync(out, { recursive: true, force: true });
mkdirSync(tree, { recursive: true });
for (const workspace of workspaces) {
  for (const part of ["package.json", "dist", "bin", "seawall"]) {
    const from = join(workspace, part);
    if (existsSync(from)) cpSync(from, join(tree, workspace, part), { recursive: true });
  }
}
for (const file of ["LICENSE", "README.md", "CHANGELOG.md", ".npmrc", "package-lock.json"]) {
  cpSync(file, join(tree, file));
}
cpSync("deploy/systemd", join(tree, "deploy/systemd"), { recursive: true });
cpSync("examples", join(tree, "examples"), { recursive: true });
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
delete manifest.devDependencies;
delete manifest.scripts;
manifest.workspaces = workspaces;
writeFileSync(join(tree, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
execFileSync("npm", ["install", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"], {
  cwd: tree,
  stdio: "inherit",
});
mkdirSync(join(tree, "bin"));
writeFileSync(join(tree, "bin/seawall"), '#!/usr/bin/env node\nimport "../cli/bin/seawall.js";\n', { mode: 0o755 });
execFileSync("tar", ["-czf", `${name}.tar.gz`, name], { cwd: out });
console.log(join(out, `${name}.tar.gz`));
