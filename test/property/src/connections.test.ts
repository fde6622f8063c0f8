import {
  type Connection,
  type ConnectionJudge,
  createConnectionJudge,
  createMarkPlanner,
  type MarkPlan,
} from "@seawall/agent/core";
import { type Packet, simulate } from "@seawall/policy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { describeCase } from "./describe-case.ts";
import { drawnHosts } from "./drawn-hosts.ts";
import { packets } from "./drawn-packets.ts";
import { type DrawnHost, drawnState } from "./drawn-state.ts";
import { fromEachToEach, groundOf, marked, tracked } from "./tracked.ts";

/** SEAWALL_PROPERTY_CONNECTIONS=20000 npm test -- test/property/src/connections.test.ts */
const hosts = Number(process.env["SEAWALL_PROPERTY_CONNECTIONS"] ?? 60);
const seed = Number(process.env["SEAWALL_PROPERTY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** Of the packets only protocol and ports count. */
const drawn = fc.tuple(drawnHosts, fc.array(packets, { minLength: 1, maxLength: 4 }), fc.nat());

test(`live connections of ${String(hosts)} hosts are judged as their first packets were, and exactly the denied ones are cut (seed ${String(seed)})`, () => {
  const seen = { allowed: 0, denied: 0, cut: 0, released: 0 };
  const result = fc.check(
    fc.property(drawn, ([host, drawnPackets, chance]) => {
      const { state } = drawnState(host);
      const judge = createConnectionJudge(state, groundOf(state));
      // Some are cut already; some are listed, and the others are made before anything is changed.
      const live = drawnPackets.flatMap(fromEachToEach).map((packet, index) => {
        const connection = tracked(packet, (index * 7 + chance) % 3 === 0);
        const verdict = simulate(state, packet).action === "Allow" ? "allowed" : "denied";
        seen[verdict] += 1;
        return { connection, verdict, isListed: (index * 5 + chance) % 8 === 0 };
      });
      const listed = live.filter(({ isListed }) => isListed);
      const plan = planFor(
        listed.map(({ connection }) => connection),
        judge,
      );
      seen.cut += plan.cut.connections;
      seen.released += plan.release.connections;
      const misjudged = live.filter((one) => judge.verdict(one.connection) !== one.verdict);
      expect(misjudged).toEqual([]);
      const leftOver = listed.filter(
        ({ connection, verdict }) => carriedOut(plan, connection).isCut !== (verdict === "denied"),
      );
      expect(leftOver).toEqual([]);
      const disturbed = live.filter(
        ({ connection, verdict }) =>
          verdict === "allowed" && carriedOut(plan, { ...connection, isCut: false }).isCut,
      );
      expect(disturbed).toEqual([]);
    }),
    { seed, numRuns: hosts },
  );
  if (result.failed) {
    throw new Error(counterexample(result.counterexample?.[0], result.errorInstance));
  }
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  expect(Object.values(seen).every((count) => count >= hosts)).toBe(true);
}, 300_000);

function planFor(connections: readonly Connection[], judge: ConnectionJudge): MarkPlan {
  const planner = createMarkPlanner(judge);
  for (const connection of connections) planner.add(connection);
  return planner.plan();
}

function carriedOut({ cut, release }: MarkPlan, connection: Connection): Connection {
  return marked(marked(connection, cut.filters, true), release.filters, false);
}

/** The smallest case that still differs, as a manifest to apply and packets to send. */
function counterexample(
  [host, sent = []]: readonly [DrawnHost?, (readonly Packet[])?, number?] = [],
  error: unknown,
): string {
  const lines = host === undefined ? [] : describeCase(host, sent);
  return [`SEAWALL_PROPERTY_SEED=${String(seed)} finds it again`, ...lines, String(error)].join(
    "\n---\n",
  );
}
