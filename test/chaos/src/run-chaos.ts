import { describeStream } from "@seawall/lab";
import { changePolicy } from "./change-policy.ts";
import { type ChaosFleet, hostNames, startChaosFleet } from "./chaos-fleet.ts";
import { conditionsOf, hostsOf, judge, type Witnessed } from "./judge.ts";
import { showThatItSees, startMeter, stopMeter } from "./meter.ts";
import { planFaults } from "./plan-faults.ts";
import { firstChanges } from "./policy-change.ts";
import { describeHappened, type Happened, runFaults } from "./run-faults.ts";
import { now } from "./span.ts";
import type { Write } from "./write.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly faults: number;
  /** How many; at most `mostHosts`. */
  readonly hosts: number;
  readonly say: (line: string) => void;
}

/** Breaks a fleet in every way, and says in words what is wrong with it after it was put right; nothing: all is well. */
export async function runChaos(options: ChaosOptions): Promise<readonly string[]> {
  const { seed, faults, say } = options;
  const hosts = hostNames(options.hosts);
  const plan = planFaults({ seed, faults, hosts });
  say(`chaos: seed ${String(seed)}, ${String(faults)} faults on ${hosts.join(", ")}`);
  const chaos = await startChaosFleet(hosts, say);
  try {
    await showThatItSees(chaos);
    const first = await begin(chaos);
    const conditions = conditionsOf(await hostsOf(chaos.fleet));
    const meter = await startMeter(chaos);
    const beganMs = now();
    const happened = await runFaults(chaos, plan, (one) => {
      say(describeHappened(one, beganMs));
    });
    const writes = [...first, ...happened.flatMap(({ write }) => write ?? [])];
    const witnessed: Witnessed = { happened, writes, conditions, meter: await stopMeter(meter) };
    const problems = await judge(chaos, witnessed);
    for (const line of summary(witnessed)) say(line);
    return problems;
  } finally {
    for (const kept of [chaos.controller, ...chaos.sites.map(({ agent }) => agent)]) kept.letEnd();
    await chaos.fleet.stop();
  }
}

async function begin({ fleet }: ChaosFleet): Promise<readonly Write[]> {
  const writes: Write[] = [];
  for (const [index, change] of firstChanges.entries()) {
    writes.push(await changePolicy(fleet, change, -index));
  }
  await fleet.mustSeawall(["wait", "hosts", "--for=InSync", "--timeout=60s"]);
  return writes;
}

function summary({ happened, writes, meter }: Witnessed): readonly string[] {
  const kinds = [...new Set(happened.map(({ fault }) => fault.kind))].toSorted();
  const acknowledged = writes.filter(({ outcome }) => outcome.kind === "acknowledged").length;
  return [
    "| fault | times | seconds, together |",
    "| --- | --- | --- |",
    ...kinds.map((kind) => {
      const all = happened.filter(({ fault }) => fault.kind === kind);
      return `| ${kind} | ${String(all.length)} | ${seconds(all)} |`;
    }),
    `${String(acknowledged)} of ${String(writes.length)} changes of policies acknowledged`,
    ...meter.map(({ result }) => describeStream(result)),
  ];
}

function seconds(all: readonly Happened[]): string {
  return (all.reduce((sum, one) => sum + one.toMs - one.fromMs, 0) / 1000).toFixed(1);
}
