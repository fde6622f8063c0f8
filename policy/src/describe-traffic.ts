import { describeEnd, describeHost, type EndsView, type TrafficEnd } from "./describe-ends.ts";
import { describeServices } from "./describe-services.ts";
import type { Action, Family } from "./desired-state.ts";
import type { TrafficChange, TrafficDiff } from "./diff-traffic.ts";
import type { HostView, PublishedPort } from "./host-view.ts";
import type { Service } from "./traffic-services.ts";

/** A change of traffic in words that are the same on every host where it is the same. */
export interface TrafficWords {
  readonly before: Action;
  readonly after: Action;
  /** Each of them: `10.0.0.0/8`, `network shop`, `container db-1 of network shop`, … */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly ports: string;
  readonly families: readonly Family[];
}

/**
 * What changes, with the names that the host has for its bridges and addresses. What nobody can send now is left out:
 * by a bridge whose network has no such addresses, to a published port that nobody publishes, or by a network that is
 * not there yet.
 */
export function describeTraffic(diff: TrafficDiff, view: HostView): readonly TrafficWords[] {
  const found = new Map<string, TrafficWords>();
  for (const { before, after, from, to, family, services } of groupsOf(diff, view)) {
    const ports = describeServices(
      services,
      staysOnBridge(from, to, services) ? [] : bindingsOf(to),
    );
    if (ports === "") continue;
    const told = { before, after, from: texts(from), to: texts(to), ports };
    const key = JSON.stringify(told);
    const known = found.get(key)?.families ?? [];
    found.set(key, { ...told, families: [...new Set([...known, family])].toSorted() });
  }
  return joinedByTo([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, words]) => words));
}

/** Whoever is alike but for where it goes. */
function joinedByTo(all: readonly TrafficWords[]): readonly TrafficWords[] {
  const found = new Map<string, TrafficWords>();
  for (const words of all) {
    const { to, ...rest } = words;
    const key = JSON.stringify(rest);
    const known = found.get(key)?.to ?? [];
    found.set(key, { ...words, to: [...new Set([...known, ...to])] });
  }
  return [...found.values()];
}

/** What stays on a bridge came by no published port, and nobody means one. */
function staysOnBridge(
  from: readonly TrafficEnd[],
  to: readonly TrafficEnd[],
  services: readonly Service[],
): boolean {
  const isSame = texts(from).join() === texts(to).join();
  return isSame && services.some(({ published }) => published === undefined);
}

function bindingsOf(ends: readonly TrafficEnd[]): readonly PublishedPort[] {
  const containers = new Set(ends.flatMap((end) => end.containers));
  return [...containers].flatMap(({ published }) => published);
}

function texts(ends: readonly TrafficEnd[]): readonly string[] {
  return [...new Set(ends.map(({ text }) => text))];
}

interface Group extends Pick<TrafficChange, "before" | "after"> {
  readonly from: readonly TrafficEnd[];
  readonly to: readonly TrafficEnd[];
  readonly family: Family;
  readonly services: readonly Service[];
}

/** All services of the same ends: for a person, what comes by published ports and what does not is one line. */
function groupsOf(diff: TrafficDiff, view: HostView): Iterable<Group> {
  const found = new Map<string, Group>();
  for (const change of diff.changes) {
    for (const group of partsOf(change, diff, view)) {
      const { before, after, from, to, family, services } = group;
      const key = JSON.stringify([before, after, texts(from), texts(to), family]);
      const known = found.get(key)?.services ?? [];
      found.set(key, { ...group, services: [...known, ...services] });
    }
  }
  return found.values();
}

/** What is forwarded, and what is for the host itself. */
function partsOf(
  { before, after, in: ins, out: outs, source, destination, services }: TrafficChange,
  { interfaces }: TrafficDiff,
  view: HostView,
): readonly Group[] {
  const family: Family = source.v4.length > 0 ? "IPv4" : "IPv6";
  const forwarded = outs.filter((one) => one !== undefined);
  const told: EndsView = { family, view, interfaces };
  const common = { before, after, family, services };
  return [
    {
      ...common,
      from: describeEnd(ins, source, forwarded, told),
      to: describeEnd(forwarded, destination, ins, told),
    },
    {
      ...common,
      from: describeEnd(ins, source, [], told),
      to: outs.includes(undefined) ? [describeHost(destination, family)] : [],
    },
  ].filter(({ from, to }) => from.length > 0 && to.length > 0);
}
