import { type AddressBits, type AddressSpace, addressSpace, indexesOf } from "./address-space.ts";
import type { Action, AddressSet, Family } from "./desired-state.ts";
import { DirectionNumbers } from "./direction-numbers.ts";
import { judgeAtHost } from "./judge-at-host.ts";
import { type Judged, judgeRegion, type Way, wholeFamily } from "./judge-region.ts";
import { mergeTraffic, type TrafficBox } from "./merge-traffic.ts";
import type { ResolvedState } from "./resolved-state.ts";
import { asked, heldAtNewBridge, matchesPorts } from "./simulate.ts";
import { blocksToldApart } from "./told-apart.ts";
import { classesOf, type InterfaceClass, interfacesToldApart } from "./traffic-interfaces.ts";
import { intersectBox } from "./traffic-region.ts";
import { portsOf, type Service, servicesToldApart } from "./traffic-services.ts";

/** Packets of which two states say something different: all from `source` to `destination`, by any of all these. */
export interface TrafficChange {
  readonly before: Action;
  /** Another one. */
  readonly after: Action;
  /** The interfaces that they come in by, of those of the diff. */
  readonly in: readonly string[];
  /** And go out by; undefined: they are for the host itself. */
  readonly out: readonly (string | undefined)[];
  /** Of one family; and so is the other. */
  readonly source: AddressSet;
  readonly destination: AddressSet;
  /** All by published ports, or none. */
  readonly services: readonly Service[];
}

export interface TrafficDiff {
  /** All that is told apart. `""` stands for every interface that is not among them, but for bridges named `br-…`: `br-?`. */
  readonly interfaces: readonly string[];
  /** No packet is in two of them. */
  readonly changes: readonly TrafficChange[];
}

/**
 * The traffic of which two states of one host say something different, as ranges: exactly what `simulate` says
 * something different of, whatever the rules that say it. Where agents reach the controller nothing can differ. The
 * states are resolved by the same view of the host and the same options.
 */
export function diffTraffic(before: ResolvedState, after: ResolvedState): TrafficDiff {
  const steps = trafficSteps(before, after);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * The same, for whoever has something else to do meanwhile, or enough at some point: the work grows with the square of
 * the networks. Each step yields how many ranges have been found so far; they are merged at the end.
 */
export function trafficSteps(
  before: ResolvedState,
  after: ResolvedState,
): Generator<number, TrafficDiff> {
  return new Comparison(before, after).steps();
}

const families = ["IPv4", "IPv6"] as const satisfies readonly Family[];

/** What is told of everything by any of these interfaces, in one of these ways. */
type Pair = Pick<TrafficBox, "in" | "out" | "isPublished">;

interface Compared {
  readonly before: readonly Judged[];
  readonly after: readonly Judged[];
}

class Comparison {
  readonly #states: readonly [ResolvedState, ResolvedState];
  readonly #space: AddressSpace;
  /** The forwarded ones first. */
  readonly #services: readonly Service[];
  readonly #forwarded: number;
  readonly #interfaces: readonly string[];
  readonly #numbers = new DirectionNumbers();
  readonly #matching = new Map<object, readonly string[]>();
  readonly #found: TrafficBox[] = [];

  constructor(before: ResolvedState, after: ResolvedState) {
    this.#states = [before, after];
    this.#space = addressSpace([...blocksToldApart(before), ...blocksToldApart(after)]);
    const { forwarded, toHost } = servicesToldApart(before, after);
    this.#services = [...forwarded, ...toHost];
    this.#forwarded = forwarded.length;
    this.#interfaces = interfacesToldApart(before, after);
  }

  *steps(): Generator<number, TrafficDiff> {
    const numbers = this.#numbers;
    const ins = classesOf(this.#interfaces, "in", this.#states, numbers);
    const outs = classesOf(this.#interfaces, "out", this.#states, numbers);
    for (const from of ins) {
      this.#compareAtHost(from);
      yield this.#found.length;
      for (const to of outs) {
        this.#compareForwarded(from, to, "published");
        this.#compareForwarded(from, to, "direct");
        yield this.#found.length;
      }
    }
    for (const bridge of this.#dockerBridges()) {
      this.#compareWay({ in: bridge, out: bridge }, "direct", [
        this.#pair([bridge], [bridge], "direct"),
      ]);
      yield this.#found.length;
    }
    const changes = mergeTraffic(this.#found).map((box) => this.#change(box));
    return { interfaces: this.#interfaces, changes };
  }

  #dockerBridges(): readonly string[] {
    return [...new Set(this.#states.flatMap(({ dockerBridges }) => dockerBridges))];
  }

  /** What does not stay on one bridge. What does by a published port is judged as if it did not. */
  #compareForwarded(from: InterfaceClass, to: InterfaceClass, kind: "published" | "direct"): void {
    const docker = kind === "direct" ? this.#dockerBridges() : [];
    const bridges = to.names.filter((one) => docker.includes(one));
    const pairs = [
      ...bridges.map((one) => [from.names.filter((name) => name !== one), [one]] as const),
      [from.names, to.names.filter((one) => !bridges.includes(one))] as const,
    ].filter(([ins, outs]) => ins.length > 0 && outs.length > 0);
    const [first] = pairs;
    const [[source], [destination]] = first ?? [[], []];
    if (source === undefined || destination === undefined) return;
    const boxes = pairs.map(([ins, outs]) => this.#pair(ins, outs, kind));
    this.#compareWay({ in: source, out: destination }, kind, boxes);
  }

  #compareWay(
    way: Required<Pick<Way, "in" | "out">>,
    kind: "published" | "direct",
    pairs: readonly Pair[],
  ): void {
    if (this.#areAskedAlike(way, kind)) return;
    for (const services of this.#alike(way, kind)) {
      const [first] = services;
      if (first === undefined) continue;
      const { service } = first;
      const bits = services.reduce((all, { bit }) => all | bit, 0n);
      for (const family of families) {
        const judge = (state: ResolvedState) =>
          judgeRegion(
            state,
            { ...way, ...portsOf(service) },
            wholeFamily(family, this.#space),
            this.#space,
          );
        const [before, after] = this.#states;
        this.#add({ before: judge(before), after: judge(after) }, bits, pairs);
      }
    }
  }

  /** Whether both states ask the same. */
  #areAskedAlike(way: Required<Pick<Way, "in" | "out">>, kind: "published" | "direct"): boolean {
    const [before, after] = this.#states.map((state) =>
      JSON.stringify([
        heldAtNewBridge(state, way) !== undefined,
        this.#askedBy(state, way, kind).map(({ scope, direction }) => [
          scope,
          this.#numbers.of(direction),
        ]),
      ]),
    );
    return before === after;
  }

  #askedBy(
    state: ResolvedState,
    way: Required<Pick<Way, "in" | "out">>,
    kind: "published" | "direct",
  ) {
    const published = kind === "published" ? { publishedPort: 0 } : {};
    return asked(state, state.dockerBridges, { ...way, ...published });
  }

  /** The services, together with those that match the same rules of all lists that are asked. */
  #alike(way: Required<Pick<Way, "in" | "out">>, kind: "published" | "direct") {
    const lists = this.#states
      .flatMap((state) => this.#askedBy(state, way, kind))
      .flatMap(({ direction }) => direction.cases)
      .map(({ list }) => this.#matchesOf(list));
    const found = new Map<string, { readonly service: Service; readonly bit: bigint }[]>();
    this.#services.slice(0, this.#forwarded).forEach((service, index) => {
      if ((service.published !== undefined) !== (kind === "published")) return;
      const key = lists.map((matches) => matches[index]).join("|");
      const known = found.get(key) ?? [];
      known.push({ service, bit: 1n << BigInt(index) });
      found.set(key, known);
    });
    return found.values();
  }

  /** Per service, which rules of the list it matches. */
  #matchesOf(list: { readonly rules: readonly Parameters<typeof matchesPorts>[0][] }) {
    const known = this.#matching.get(list);
    if (known !== undefined) return known;
    const matches = this.#services
      .slice(0, this.#forwarded)
      .map((service) =>
        list.rules
          .flatMap((rule, index) => (matchesPorts(rule, portsOf(service)) ? [index] : []))
          .join(),
      );
    this.#matching.set(list, matches);
    return matches;
  }

  #compareAtHost({ names }: InterfaceClass): void {
    const pairs = [{ in: this.#bitsOf(names), out: this.#hostBit, isPublished: false }];
    this.#services.forEach((service, index) => {
      if (index < this.#forwarded) return;
      for (const family of families) {
        const way = { in: names[0], ...portsOf(service) };
        const judge = (state: ResolvedState) => judgeAtHost(state, way, family, this.#space);
        const [before, after] = this.#states;
        this.#add({ before: judge(before), after: judge(after) }, 1n << BigInt(index), pairs);
      }
    });
  }

  #add({ before, after }: Compared, services: bigint, pairs: readonly Pair[]): void {
    for (const old of before) {
      for (const next of after) {
        if (old.action === next.action) continue;
        for (const one of old.region) {
          for (const box of intersectBox(next.region, one)) {
            for (const pair of pairs) {
              this.#found.push({
                before: old.action,
                after: next.action,
                services,
                ...pair,
                ...box,
              });
            }
          }
        }
      }
    }
  }

  #pair(ins: readonly string[], outs: readonly string[], kind: "published" | "direct"): Pair {
    return { in: this.#bitsOf(ins), out: this.#bitsOf(outs), isPublished: kind === "published" };
  }

  #bitsOf(names: readonly string[]): bigint {
    return names.reduce((all, name) => all | (1n << BigInt(this.#interfaces.indexOf(name))), 0n);
  }

  get #hostBit(): bigint {
    return 1n << BigInt(this.#interfaces.length);
  }

  #change({ before, after, source, destination, ...bits }: TrafficBox): TrafficChange {
    const setOf = (which: AddressBits) => this.#space.setOf(which);
    return {
      ...{ before, after, source: setOf(source), destination: setOf(destination) },
      in: indexesOf(bits.in).flatMap((index) => this.#interfaces[index] ?? []),
      out: indexesOf(bits.out).map((index) => this.#interfaces[index]),
      services: indexesOf(bits.services).flatMap((index) => this.#services[index] ?? []),
    };
  }
}
