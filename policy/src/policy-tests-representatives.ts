import { type Cidr, cidrOfText, lastAddress } from "./cidr.ts";
import type { AddressSet } from "./desired-state.ts";

/** Inclusive. */
export interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/** The set's part of this family. */
export function spansOf(
  addresses: AddressSet | undefined,
  family: Cidr["family"],
): readonly Span[] {
  const texts = family === "IPv4" ? addresses?.v4 : addresses?.v6;
  return (texts ?? []).map(cidrOfText).map((cidr) => ({
    first: cidr.network,
    last: lastAddress(cidr),
  }));
}

/** The first of these values of each class, where values of one class lie in the same ones of these sets. */
export function representativesAmong(
  values: readonly bigint[],
  sets: readonly (readonly Span[])[],
): readonly bigint[] {
  const byClass = new Map<string, bigint>();
  for (const value of values) {
    const inside = sets.flatMap((spans, set) =>
      spans.some(({ first, last }) => first <= value && value <= last) ? [set] : [],
    );
    const key = inside.join();
    if (!byClass.has(key)) byClass.set(key, value);
  }
  return [...byClass.values()];
}

/** The lowest value of each class in this span, where values of one class lie in the same ones of these sets. */
export function representatives(
  whole: Span,
  sets: readonly (readonly Span[])[],
): readonly bigint[] {
  const changes = new Map<bigint, { readonly enter: number[]; readonly leave: number[] }>();
  const at = (value: bigint) => {
    const known = changes.get(value) ?? { enter: [], leave: [] };
    changes.set(value, known);
    return known;
  };
  at(whole.first);
  sets.forEach((spans, set) => {
    for (const { first, last } of spans) {
      if (last < whole.first || first > whole.last) {
        continue;
      }
      at(first < whole.first ? whole.first : first).enter.push(set);
      if (last < whole.last) {
        at(last + 1n).leave.push(set);
      }
    }
  });
  const inside = new Set<number>();
  const seen = new Set<string>();
  const found: bigint[] = [];
  for (const [value, { enter, leave }] of [...changes].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    for (const set of leave) inside.delete(set);
    for (const set of enter) inside.add(set);
    const signature = [...inside].toSorted((a, b) => a - b).join();
    if (!seen.has(signature)) {
      seen.add(signature);
      found.push(value);
    }
  }
  return found;
}
