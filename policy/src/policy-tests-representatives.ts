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

/** The first of these items of each class, where items of one class are alike and their values lie in the same ones of these sets. */
export function representativesAmong<
  Item extends { readonly value: bigint; readonly alike: string },
>(items: readonly Item[], sets: readonly (readonly Span[])[]): readonly Item[] {
  const byClass = new Map<string, Item>();
  for (const item of items) {
    const inside = sets.flatMap((spans, set) =>
      spans.some(({ first, last }) => first <= item.value && item.value <= last) ? [set] : [],
    );
    const key = `${inside.join()} ${item.alike}`;
    if (!byClass.has(key)) byClass.set(key, item);
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
