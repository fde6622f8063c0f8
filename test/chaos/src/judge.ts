import { describeStream, type Fleet } from "@seawall/lab";
import {
  canonicalJson,
  compile,
  factsOfHost,
  type HostDocument,
  hostDocument,
  type Resource,
  type RevisionDocument,
  revisionDocument,
} from "@seawall/policy";
import { z } from "zod";
import type { ChaosFleet, ChaosSite } from "./chaos-fleet.ts";
import { enforceAnew, inSyncAndWhole } from "./enforce-anew.ts";
import { describeFault, partsOf } from "./fault.ts";
import { unexplained, untilMended, whileBoth } from "./leaks.ts";
import { type MeterResult, meterProblems } from "./meter.ts";
import { ownRules } from "./own-rules.ts";
import type { Happened } from "./run-faults.ts";
import { packetProblems } from "./sampled-packets.ts";
import type { Span } from "./span.ts";
import { historyProblems, resourcesAfter, type Write } from "./write.ts";

/** What was seen while everything went wrong. */
export interface Witnessed {
  readonly happened: readonly Happened[];
  /** Those before the first fault, and those that were faults. */
  readonly writes: readonly Write[];
  readonly meter: readonly MeterResult[];
  /** Of the hosts as they were before, by name. */
  readonly conditions: ReadonlyMap<string, readonly string[]>;
}

/** Whatever is not as it should be now that nothing is broken any more, in words; nothing: all is well. */
export async function judge(chaos: ChaosFleet, witnessed: Witnessed): Promise<readonly string[]> {
  const { fleet, sites } = chaos;
  const { happened, writes, meter } = witnessed;
  const problems = [
    ...happened.flatMap(({ fault, failure }) =>
      failure === undefined ? [] : [`${describeFault(fault)}: ${failure}`],
    ),
    ...leaks(witnessed),
    ...meterProblems(meter),
  ];
  const unhealthy = await healthProblems(fleet, witnessed);
  if (unhealthy.length > 0) return [...problems, ...unhealthy];
  const history = await read(fleet, "revisions", revisionDocument);
  const hosts = await hostsOf(fleet);
  problems.push(...historyProblems(writes, history));
  const told = { writes, history, hosts };
  const enforced = await Promise.all(sites.map((site) => enforcementProblems(fleet, site, told)));
  const strays = await Promise.all(sites.map((site) => strayRules(fleet, site)));
  return [...problems, ...enforced.flat(), ...strays.flat()];
}

interface Told {
  readonly writes: readonly Write[];
  readonly history: readonly RevisionDocument[];
  readonly hosts: readonly HostDocument[];
}

/** Whether a host says that it enforces the newest revision, and whether its kernel does. */
async function enforcementProblems(
  fleet: Fleet,
  site: ChaosSite,
  { writes, history, hosts }: Told,
): Promise<readonly string[]> {
  const { name } = site.host;
  const document = hosts.find(({ metadata }) => metadata.name === name);
  if (document === undefined) return [`${name} is not of the fleet`];
  const resources = resourcesAfter(writes, history);
  const { revision } = document.status;
  const known = history.filter(({ metadata }) => Number(metadata.name) <= revision);
  const desired = (of: readonly Resource[]): string =>
    canonicalJson(compile(of, [], factsOfHost(document)));
  // A host for which a revision changes nothing stays at the one before.
  const isBehind = desired(resourcesAfter(writes, known)) !== desired(resources);
  return [
    ...(isBehind ? [`${name} still enforces revision ${String(revision)}`] : []),
    ...(await packetProblems(fleet, site, resources, document)),
  ];
}

function leaks({ meter, happened }: Witnessed): readonly string[] {
  return meter.flatMap(({ host, result }) => {
    const open = openOn(host, happened);
    return unexplained(result, open).map(({ fromMs, toMs }) => {
      const during = happened.filter((one) => one.fromMs <= toMs && fromMs <= one.toMs);
      const faults = during.map(({ fault }) => `${String(fault.number)} ${describeFault(fault)}`);
      return `leak for ${String(toMs - fromMs)} ms, ${describeStream(result)}, during ${faults.join("; ")}`;
    });
  });
}

/** When the faults themselves explain that packets pass. */
function openOn(host: string, happened: readonly Happened[]): readonly Span[] {
  const here = happened.filter(({ fault }) => "host" in fault && fault.host === host);
  const spans = (of: "open" | "unguarded") => here.flatMap((one) => one[of] ?? []);
  // Docker moves its jump to DOCKER-USER when it makes a network, and has none for a while when it starts.
  const partOf = (part: string) => happened.filter(({ fault }) => partsOf(fault).includes(part));
  const holes = untilMended(partOf(`Docker of ${host}`), {
    away: partOf(`agent of ${host}`),
    repairedMs: [...spans("open"), ...spans("unguarded")].map(({ toMs }) => toMs),
  });
  return [...spans("open"), ...whileBoth(spans("unguarded"), holes)];
}

/** Every host in sync, read back when asked, and with nothing more to say than before it all. */
async function healthProblems(fleet: Fleet, { conditions }: Witnessed): Promise<readonly string[]> {
  const wait = await fleet.seawall(["wait", "hosts", "--for=InSync", "--timeout=110s"]);
  if (wait.code !== 0) {
    const hosts = await hostsOf(fleet);
    return hosts.map(
      ({ metadata, status }) => `${metadata.name} is ${status.state}: ${status.message}`,
    );
  }
  const compliance = await fleet.seawall(inSyncAndWhole);
  if (compliance.code !== 0) return [`${compliance.stdout}${compliance.stderr}`];
  const now = conditionsOf(await hostsOf(fleet));
  return [...conditions].flatMap(([host, before]) => {
    const after = now.get(host) ?? [];
    const isSame = JSON.stringify(before) === JSON.stringify(after);
    return isSame ? [] : [`${host} says ${after.join(", ")}, and before: ${before.join(", ")}`];
  });
}

export function conditionsOf(
  hosts: readonly HostDocument[],
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    hosts.map(({ metadata, status }) => [
      metadata.name,
      status.conditions.map(({ type, status: is, reason }) => `${type}=${is} ${reason}`).toSorted(),
    ]),
  );
}

export function hostsOf(fleet: Fleet): Promise<readonly HostDocument[]> {
  return read(fleet, "hosts", hostDocument);
}

async function read<T>(
  fleet: Fleet,
  kind: "hosts" | "revisions",
  document: z.ZodType<T>,
): Promise<readonly T[]> {
  const text = await fleet.mustSeawall(["get", kind, "-o", "json"]);
  return z.object({ items: z.array(document) }).parse(JSON.parse(text)).items;
}

/** Wherever the kernel differs from what an agent writes that begins with nothing. */
async function strayRules(fleet: Fleet, site: ChaosSite): Promise<readonly string[]> {
  const before = await ownRules(site.host);
  await enforceAnew(fleet, site);
  const after = await ownRules(site.host);
  if (JSON.stringify(before) === JSON.stringify(after) && before.length > 0) return [];
  const { name } = site.host;
  return [
    `${name}: ${String(before.length)} lines of rules, and ${String(after.length)} when written anew`,
    ...without(before, after).map((line) => `${name}, stray: ${line}`),
    ...without(after, before).map((line) => `${name}, missing: ${line}`),
  ];
}

/** What one has more of than the other; a line may be there more than once. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return lines.filter((line) => {
    const index = left.indexOf(line);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
