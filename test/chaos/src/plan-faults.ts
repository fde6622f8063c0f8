import fc from "fast-check";
import { type Fault, type FaultKind, flushes, type Harm, networks } from "./fault.ts";
import { drawnChanges } from "./policy-change.ts";

/** The kinds that a round of faults has, in an order that is drawn: none is ever forgotten, and policies change all the time. */
const round: readonly FaultKind[] = [
  "kill agent",
  "kill controller",
  "kill nats-server",
  "kill dockerd",
  "cut the network",
  "fill the disk",
  "flush",
  "flush",
  "re-create a network",
  "stop a process",
  "change a policy",
  "change a policy",
  "change a policy",
  "change a policy",
];

export interface PlanOptions {
  readonly seed: number;
  /** How many. From 14 on every kind is among them. */
  readonly faults: number;
  /** Names of the fleet's hosts; at least one. */
  readonly hosts: readonly string[];
}

/** What will go wrong, and when. One seed has one plan; how the faults meet is then up to the machine. */
export function planFaults({ seed, faults, hosts }: PlanOptions): readonly Fault[] {
  const rounds = Math.ceil(faults / round.length);
  const whole = fc.array(drawnRound(hosts), { minLength: rounds, maxLength: rounds });
  // Else small numbers and the first of each list would be drawn more often.
  const [drawn = []] = fc.sample(fc.noBias(whole), { seed, numRuns: 1 });
  return drawn
    .flat()
    .slice(0, faults)
    .map((fault, index) => ({ ...fault, number: index + 1 }));
}

type Unnumbered = Harm & Pick<Fault, "afterMs" | "lastsMs">;

function drawnRound(hosts: readonly string[]): fc.Arbitrary<readonly Unnumbered[]> {
  const shuffled = fc.shuffledSubarray([...round], { minLength: round.length });
  return shuffled.chain((kinds) => fc.tuple(...kinds.map((kind) => drawnFault(kind, hosts))));
}

function drawnFault(kind: FaultKind, hosts: readonly string[]): fc.Arbitrary<Unnumbered> {
  const time = fc.record({
    afterMs: fc.integer({ min: 0, max: 1500 }),
    lastsMs: fc.integer({ min: 500, max: 5000 }),
  });
  return fc.tuple(drawnHarm(kind, hosts), time).map(([harm, when]) => ({ ...harm, ...when }));
}

function drawnHarm(kind: FaultKind, hosts: readonly string[]): fc.Arbitrary<Harm> {
  const host = fc.constantFrom(...hosts);
  const of = fc.constant;
  switch (kind) {
    case "kill agent":
    case "cut the network":
      return fc.record({ kind: of(kind), host });
    case "kill controller":
    case "kill nats-server":
      return fc.record({ kind: of(kind) });
    case "kill dockerd":
      return fc.record({ kind: of(kind), host, signal: fc.constantFrom("SIGKILL", "SIGTERM") });
    case "fill the disk":
      return fc.record({ kind: of(kind), node: fc.constantFrom(...hosts, "controller") });
    case "flush":
      return fc.record({ kind: of(kind), host, what: fc.constantFrom(...flushes) });
    case "re-create a network":
      return fc.record({ kind: of(kind), host, network: fc.constantFrom(...networks) });
    case "stop a process":
      return fc.record({
        kind: of(kind),
        process: fc.oneof(
          fc.record({ program: fc.constantFrom("agent", "dockerd"), host }),
          fc.record({ program: fc.constantFrom("controller", "nats-server") }),
        ),
      });
    case "change a policy":
      return fc.record({ kind: of(kind), change: drawnChanges });
  }
}
