// The `seawall` command in few files: a process that starts reads these instead of some hundred
// modules, which halves what every command costs. The modules in dist/ stay what tests import.
import { cpSync, rmSync } from "node:fs";
import { rolldown } from "rolldown";

const out = "cli/dist/bundle";

// ssh2, below dockerode, tries native parts that are nowhere built; as a module of its own it may fail at that.
const external = ["ssh2"];

rmSync(out, { recursive: true, force: true });
const bundle = await rolldown({
  input: { main: "cli/dist/main.js" },
  platform: "node",
  external,
});
await bundle.write({ dir: out, format: "esm" });

// What the modules look for one folder above themselves.
cpSync("cli/package.json", "cli/dist/package.json");
rmSync("cli/dist/seawall", { recursive: true, force: true });
cpSync("proto/seawall", "cli/dist/seawall", { recursive: true });
