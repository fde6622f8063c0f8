import type { AddressBits } from "./address-space.ts";
import type { Action } from "./desired-state.ts";

/** A change of traffic, each part of it as bits. */
export interface TrafficBox {
  readonly before: Action;
  readonly after: Action;
  readonly in: bigint;
  readonly out: bigint;
  readonly source: AddressBits;
  readonly destination: AddressBits;
  readonly services: bigint;
  /** All by published ports, or none. */
  readonly isPublished: boolean;
}

const parts = ["source", "destination", "services", "in", "out"] as const;

/** The same traffic in fewer boxes: those that are alike but for one part are joined, until none are. */
export function mergeTraffic(boxes: readonly TrafficBox[]): readonly TrafficBox[] {
  let merged = boxes;
  for (;;) {
    const next = parts.reduce((left, part) => mergeBy(part, left), merged);
    if (next.length === merged.length) return next;
    merged = next;
  }
}

function mergeBy(
  part: (typeof parts)[number],
  boxes: readonly TrafficBox[],
): readonly TrafficBox[] {
  const others = parts.filter((one) => one !== part);
  const found = new Map<string, TrafficBox>();
  for (const box of boxes) {
    const key = [
      box.before,
      box.after,
      box.isPublished,
      ...others.map((one) => box[one].toString(16)),
    ].join(" ");
    const known = found.get(key);
    found.set(key, known === undefined ? box : { ...known, [part]: known[part] | box[part] });
  }
  return [...found.values()];
}
