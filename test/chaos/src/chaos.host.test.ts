import { expect, test } from "vitest";
import { runChaos } from "./run-chaos.ts";

/** `npm run test:chaos` is the long run. SEAWALL_CHAOS_SEED=7 npm test -- test/chaos */
const seed = Number(process.env["SEAWALL_CHAOS_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test(`a fleet of two is as it should be after 14 faults (seed ${String(seed)})`, async () => {
  const lines: string[] = [];
  const problems = await runChaos({
    seed,
    faults: 14,
    hosts: 2,
    say: (line) => {
      lines.push(line);
    },
  });
  expect(problems, lines.join("\n")).toEqual([]);
}, 600_000);
