/** The lab as a command: `npm run lab -- start|exec|stop|list`. */
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { type Engine, engines } from "./engine.ts";
import { exited } from "./execute.ts";
import type { Lab } from "./lab.ts";
import type { LabNode } from "./lab-node.ts";
import { inNode, nodeEnvironment } from "./namespaces.ts";
import { listLabs, openLab } from "./open-lab.ts";
import { startLab } from "./start-lab.ts";

const usage = `Usage: npm run lab -- COMMAND

  start [--hosts N] [--engine ${engines.join("|")}] [--iptables nft|legacy] [--keep]
        start N Docker hosts (host1, host2, …; default 3), a controller and a client;
        without --keep the lab ends with Ctrl-C
  exec [--lab ID] NODE -- COMMAND…
        run a command in a node; a shell when there is none
  list  show the labs that run and their nodes
  stop [ID…]
        end these labs; without ID, all

--lab is needed only when several labs run.
`;

async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  switch (command) {
    case "start":
      return start(rest);
    case "exec":
      return exec(rest);
    case "list":
      return list();
    case "stop":
      return stop(rest);
    default:
      process.stderr.write(usage);
      return command === "help" || command === "--help" ? 0 : 2;
  }
}

async function start(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      hosts: { type: "string", default: "3" },
      engine: { type: "string" },
      iptables: { type: "string", default: "nft" },
      keep: { type: "boolean", default: false },
      detach: { type: "boolean", default: false },
    },
  });
  const count = Number(values.hosts);
  if (!Number.isInteger(count) || count < 1 || count > 40) return fail("--hosts: 1 to 40");
  const engine = engines.find((name) => name === values.engine);
  if (values.engine !== undefined && engine === undefined) {
    return fail(`--engine: one of ${engines.join(", ")}`);
  }
  const { iptables } = values;
  if (iptables !== "nft" && iptables !== "legacy") return fail("--iptables: nft or legacy");
  const choice: { readonly engine?: Engine } = engine === undefined ? {} : { engine };
  const lab = await startLab({
    ...choice,
    iptables,
    hosts: Array.from({ length: count }, (_, index) => ({ name: `host${String(index + 1)}` })),
    nodes: [{ name: "controller" }, { name: "client" }],
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  show(lab);
  if (values.keep || values.detach) {
    lab.keep();
    process.stderr.write(`end it with: npm run lab -- stop ${lab.id}\n`);
    return 0;
  }
  process.stderr.write("Ctrl-C ends it\n");
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        resolve();
      });
    }
    // A pending promise alone does not keep a process alive.
    setInterval(() => undefined, 60_000);
  });
  await lab.stop();
  return 0;
}

async function exec(args: readonly string[]): Promise<number> {
  const dashes = args.indexOf("--");
  const { values, positionals } = parseArgs({
    args: dashes < 0 ? [...args] : args.slice(0, dashes),
    options: { lab: { type: "string" } },
    allowPositionals: true,
  });
  const [name, ...words] = positionals;
  if (name === undefined) return fail("exec: which node?");
  const given = dashes < 0 ? words : args.slice(dashes + 1);
  const command = given.length === 0 ? ["bash"] : given;
  const labs = values.lab === undefined ? await listLabs() : [await openLab(values.lab)];
  const [lab, other] = labs;
  if (lab === undefined) return fail("no lab runs; start one with: npm run lab -- start --keep");
  if (other !== undefined) return fail("several labs run; say which one with --lab");
  return inherit(lab.node(name), command);
}

/** Runs a command with our own terminal. */
async function inherit(node: LabNode, command: readonly string[]): Promise<number> {
  const [file = "", ...argv] = inNode(node.pid, command);
  const term = process.env["TERM"] ?? "dumb";
  const env = { ...nodeEnvironment, TERM: term };
  const child = spawn(file, argv, { stdio: "inherit", env });
  // Ctrl-C is for the command; it decides what that means.
  process.on("SIGINT", () => undefined);
  return exited(child);
}

async function list(): Promise<number> {
  const labs = await listLabs();
  for (const lab of labs) show(lab);
  if (labs.length === 0) process.stderr.write("no lab runs\n");
  return 0;
}

async function stop(ids: readonly string[]): Promise<number> {
  const labs = ids.length === 0 ? await listLabs() : await Promise.all(ids.map(openLab));
  await Promise.all(labs.map((lab) => lab.stop()));
  for (const lab of labs) process.stderr.write(`lab ${lab.id} is gone\n`);
  return 0;
}

function show(lab: Lab): void {
  process.stdout.write(`lab ${lab.id}  Docker ${lab.engineVersion}\n`);
  const hosts = new Set<string>(lab.hosts.map((host) => host.name));
  for (const node of lab.nodes) {
    const what = hosts.has(node.name) ? "Docker host" : "plain node";
    const columns = [node.name.padEnd(12), node.ipv4.padEnd(14), node.ipv6.padEnd(20), what];
    process.stdout.write(`  ${columns.join("  ")}\n`);
  }
}

function fail(message: string): number {
  process.stderr.write(`${message}\n`);
  return 2;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
