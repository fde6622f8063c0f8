import type { AddressBits, AddressSpace } from "./address-space.ts";
import type { Action, Family, Tier } from "./desired-state.ts";
import type {
  ResolvedDirection,
  ResolvedList,
  ResolvedPeers,
  ResolvedPlane,
  ResolvedRule,
  ResolvedState,
  Scope,
} from "./resolved-state.ts";
import {
  asked,
  containersEnd,
  heldAtNewBridge,
  holdsUnknown,
  type Interfaces,
  isAskedOf,
  matchesPorts,
  type PacketPorts,
} from "./simulate.ts";
import { type Box, intersectBox, joined, type Region, subtractBox } from "./traffic-region.ts";

/** By which interfaces and to which port first packets go, whoever sends them to whomever. */
export type Way = Interfaces & PacketPorts;

/** What becomes of a part of them. */
export interface Judged {
  readonly action: Action;
  readonly region: Region;
}

/** A region that some rules have decided, and the rest. */
interface Decided {
  readonly parts: readonly Judged[];
  readonly rest: Region;
}

/**
 * What becomes of all packets that go this way between the ends of a region: what `simulate` says of each that is not
 * for the host itself at a published port. Each lies in one part.
 */
export function judgeRegion(
  state: ResolvedState,
  way: Way,
  region: Region,
  space: AddressSpace,
): readonly Judged[] {
  if (heldAtNewBridge(state, way) !== undefined) return [{ action: "Deny", region }];
  const end = asked(state, state.dockerBridges, way).reduce<Decided>(
    ({ parts, rest }, { scope, direction }) => {
      const next = judgeDirection(direction, scope, { plane: state, way, space }, rest);
      return { parts: [...parts, ...next.parts], rest: next.rest };
    },
    { parts: [], rest: region },
  );
  return [...end.parts, { action: "Allow", region: end.rest }];
}

interface Ground {
  readonly plane: ResolvedPlane;
  readonly way: Way;
  readonly space: AddressSpace;
}

/** `rest`: what it allows, or says nothing about. */
function judgeDirection(
  direction: ResolvedDirection,
  scope: Scope,
  ground: Ground,
  region: Region,
): Decided {
  const { way, space } = ground;
  const end = containersEnd(scope);
  let left = region;
  const denied: Judged[] = [];
  const allowed: Region[] = [];
  for (const one of direction.cases) {
    if (!isAskedOf(one, direction, way.publishedPort)) continue;
    const who = one.addresses === undefined ? everybody : space.bitsOf(one.addresses);
    const box = { ...anything, [end]: who };
    for (const { action, region: said } of judgeList(one.list, ground, intersectBox(left, box))) {
      if (action === "Allow") allowed.push(said);
      else denied.push({ action, region: said });
    }
    left = subtractBox(left, box);
  }
  if (!holdsUnknown(direction, way.publishedPort)) {
    return { parts: denied, rest: joined(...allowed, left) };
  }
  return { parts: [...denied, { action: "Deny", region: left }], rest: joined(...allowed) };
}

/** All addresses of both families, and those that are none. */
const everybody: AddressBits = -1n;
const anything: Box = { source: everybody, destination: everybody };

interface Undecided {
  readonly tier: Tier | undefined;
  /** What the tier has not decided. */
  readonly here: Region;
  /** What it has passed on. */
  readonly passed: Region;
  readonly parts: readonly Judged[];
}

function judgeList(list: ResolvedList, ground: Ground, region: Region): readonly Judged[] {
  if (region.length === 0) return [];
  const start: Undecided = { tier: undefined, here: region, passed: [], parts: [] };
  const end = list.rules
    .filter((rule) => matchesPorts(rule, ground.way))
    .reduce((before, rule) => judgeRule(rule, ground, before), start);
  return [...end.parts, { action: list.defaultAction, region: joined(end.here, end.passed) }];
}

function judgeRule(rule: ResolvedRule, ground: Ground, before: Undecided): Undecided {
  const { tier, action } = rule;
  const isNext = before.tier !== tier;
  const here = isNext ? joined(before.here, before.passed) : before.here;
  const passed = isNext ? [] : before.passed;
  const box = peersBox(rule, ground);
  const matched = intersectBox(here, box);
  const parts = [...before.parts];
  if (action !== "Pass") parts.push({ action, region: matched });
  let left = subtractBox(here, box);
  for (const unknown of heldBoxes(rule, ground)) {
    parts.push({ action: "Deny", region: intersectBox(left, unknown) });
    left = subtractBox(left, unknown);
  }
  return {
    tier,
    here: joined(left),
    passed: action === "Pass" ? [...passed, ...matched] : passed,
    parts,
  };
}

function peersBox({ from, to }: ResolvedRule, { way, space }: Ground): Box {
  return { source: peers(from, way.in, space), destination: peers(to, way.out, space) };
}

function peers(
  who: ResolvedPeers | undefined,
  via: string | undefined,
  space: AddressSpace,
): AddressBits {
  if (who === undefined) return everybody;
  return who.networks
    .filter(({ bridge }) => bridge === via)
    .map(({ addresses }) => (addresses === undefined ? everybody : space.bitsOf(addresses)))
    .reduce((all, bits) => all | bits, space.bitsOf(who.addresses));
}

/** At either end: whoever a rule may mean, and nobody knows. */
function heldBoxes({ from, to }: ResolvedRule, { plane, way, space }: Ground): readonly Box[] {
  const unknown = (who: ResolvedPeers | undefined, via: string | undefined): AddressBits => {
    if (who === undefined || via === undefined || !who.unresolved.includes(via)) return 0n;
    const known = plane.known.filter(({ bridge }) => bridge === via);
    return known.reduce((left, { addresses }) => left & ~space.bitsOf(addresses), everybody);
  };
  return [
    { ...anything, source: unknown(from, way.in) },
    { ...anything, destination: unknown(to, way.out) },
  ];
}

/** Everybody of a family to everybody of it. */
export function wholeFamily(family: Family, space: AddressSpace): Region {
  return [{ source: space.every(family), destination: space.every(family) }];
}
