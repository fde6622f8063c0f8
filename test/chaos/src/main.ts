/** Chaos on demand: `npm run test:chaos -- [--seed N] [--faults 200] [--hosts 5]`. */
import { parseArgs } from "node:util";
import { mostHosts } from "./chaos-fleet.ts";
import { runChaos } from "./run-chaos.ts";

const usage = `Usage: npm run test:chaos -- [--seed N] [--faults N] [--hosts 1..${String(mostHosts)}]`;

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
      faults: { type: "string", default: "200" },
      hosts: { type: "string", default: String(mostHosts) },
    },
  });
  const [seed, faults, hosts] = [Number(values.seed), Number(values.faults), Number(values.hosts)];
  const isWrong = [seed, faults, hosts].some((number) => !Number.isInteger(number));
  if (isWrong || faults < 1 || hosts < 1 || hosts > mostHosts) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const problems = await runChaos({ seed, faults, hosts, say });
  if (problems.length === 0) {
    say("all is well");
    return 0;
  }
  for (const problem of problems) say(`WRONG: ${problem}`);
  const again = [`--seed ${values.seed}`, `--faults ${values.faults}`, `--hosts ${values.hosts}`];
  say(`again: npm run test:chaos -- ${again.join(" ")}`);
  return 1;
}

// A promise alone does not keep a process alive, and the lab's own do not either.
setInterval(() => undefined, 60_000);
main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
