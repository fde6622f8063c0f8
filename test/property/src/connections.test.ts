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
import { groundOf, marked, tracked } from "./tracked.ts";

/** SEAWALL_PROPERTY_CONNECTIONS=20000 npm test -- --project unit test/property/src/connections.test.ts */
const hosts = Number(process.env["SEAWALL_PROPERTY_CONNECTIONS"] ?? 200);
const seed = Number(process.env["SEAWALL_PROPERTY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const drawn = fc.tuple(
  drawnHosts,
  fc.array(fc.tuple(packets, fc.boolean()), { minLength: 1, maxLength: 60, size: "max" }),
);

test(`live connections of ${String(hosts)} hosts are judged as their first packets were, and exactly the denied ones are cut (seed ${String(seed)})`, () => {
  const seen = { allowed: 0, denied: 0, cut: 0, released: 0 };
  const result = fc.check(
    fc.property(drawn, ([host, sent]) => {
      const { state } = drawnState(host);
      const judge = createConnectionJudge(state, groundOf(state));
      const live = sent.flatMap(([packet, isCut]) => {
        const connection = tracked(packet, isCut);
        if (connection === undefined) return [];
        const standing = judge.standing(connection);
        expect(standing).toBe(simulate(state, packet).action === "Allow" ? "allowed" : "denied");
        if (standing !== "unknown") seen[standing] += 1;
        return [connection];
      });
      // Half of them are listed; the others are made before anything is changed.
      const listed = live.filter((_, index) => index % 2 === 0);
      const plan = planFor(listed, judge);
      seen.cut += plan.cut.connections;
      seen.released += plan.release.connections;
      for (const connection of listed) {
        expect(carriedOut(plan, connection).isCut).toBe(judge.standing(connection) === "denied");
      }
      for (const connection of live) {
        const made = { ...connection, isCut: false };
        if (judge.standing(made) === "allowed") expect(carriedOut(plan, made).isCut).toBe(false);
      }
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
  [host, sent = []]: readonly [DrawnHost?, (readonly [Packet, boolean][])?] = [],
  error: unknown,
): string {
  const cases = sent.map(([packet]) => packet);
  const lines = host === undefined ? [] : describeCase(host, cases);
  return [`SEAWALL_PROPERTY_SEED=${String(seed)} finds it again`, ...lines, String(error)].join(
    "\n---\n",
  );
}
