// Everything in this repository that a program wrote: made afresh and compared,
// or with --write put in place. `code` is needed by the build, `docs` needs it.
//   node scripts/generated.mjs [--write] code|docs
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { withFieldTables } from "./manifest-fields.mjs";

// The flags and the options in proto/src/load.ts describe the same messages.
function protoTypes() {
  const out = mkdtempSync(join(tmpdir(), "seawall-gen-"));
  // What others import alone is generated with them; by itself it would be a file of unused imports.
  const protos = readdirSync("proto/seawall/v1")
    .sort()
    .filter((file) => /^service /m.test(readFileSync(`proto/seawall/v1/${file}`, "utf8")));
  execFileSync(
    process.execPath,
    [
      "node_modules/.bin/proto-loader-gen-types",
      "--includeDirs=proto",
      "--longs=Number",
      "--enums=String",
      "--defaults",
      "--oneofs",
      "--includeComments",
      "--grpcLib=@grpc/grpc-js",
      "--importFileExtension=.ts",
      `--outDir=${out}`,
      ...protos.map((file) => `seawall/v1/${file}`),
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const files = new Map();
  for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      files.set(join("proto/src/gen", path.slice(out.length + 1)), readFileSync(path, "utf8"));
    }
  }
  rmSync(out, { recursive: true });
  return files;
}

/** As `biome check` wants to see it. */
function formatted(path, text) {
  const biome = "node_modules/.bin/biome";
  const args = ["format", `--stdin-file-path=${path}`];
  return new Map([[path, execFileSync(biome, args, { encoding: "utf8", input: text })]]);
}

function printed(path, args) {
  return formatted(path, execFileSync(process.execPath, args, { encoding: "utf8" }));
}

function fieldTables() {
  const schema = execFileSync(process.execPath, ["cli/dist/main.js", "schema"], {
    encoding: "utf8",
  });
  const path = "docs/policy.md";
  return formatted(path, withFieldTables(readFileSync(path, "utf8"), JSON.parse(schema)));
}

const artefacts = {
  code: [protoTypes],
  docs: [() => printed("docs/cli.md", ["cli/dist/reference.js"]), fieldTables],
};

const write = process.argv.includes("--write");
const group = process.argv.at(-1) in artefacts ? process.argv.at(-1) : "code";
const stale = [];
for (const produce of artefacts[group]) {
  for (const [path, text] of produce()) {
    if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
    stale.push(path);
    if (write) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }
}
for (const path of stale)
  console.log(write ? `wrote ${path}` : `${path} is not what it is generated from`);
if (stale.length > 0 && !write) {
  console.log("Run `npm run gen` and commit the result.");
  process.exit(1);
}
