// The `seawall` command in few files: a process that starts reads these instead of some hundred
// modules, which halves what every command costs. The modules in dist/ stay what tests import.
import { cpSync, rmSync } from "node:fs";
import { rolldown } from "rolldown";

const out = "cli/dist/bundle";

/**
 * Docker over SSH, which the agent does not use: a seventh of its start, and native parts that are nowhere built.
 * docker-modem asks for it by this path.
 * @type {import("rolldown").Plugin}
 */
const withoutSsh = {
  name: "without-ssh",
  load: {
    filter: { id: /\/docker-modem\/lib\/ssh\.js$/ },
    handler: () =>
      'module.exports = () => { throw new Error("no Docker over SSH in this bundle"); };',
  },
};

rmSync(out, { recursive: true, force: true });
const bundle = await rolldown({
  input: { main: "cli/dist/main.js", run: "cli/dist/run.js" },
  platform: "node",
  plugins: [withoutSsh],
});
await bundle.write({ dir: out, format: "esm" });

// What the modules look for one folder above themselves.
cpSync("cli/package.json", "cli/dist/package.json");
rmSync("cli/dist/seawall", { recursive: true, force: true });
cpSync("proto/seawall", "cli/dist/seawall", { recursive: true });
