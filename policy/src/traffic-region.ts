import type { AddressBits } from "./address-space.ts";

/** Everybody of one set to everybody of another. */
export interface Box {
  readonly source: AddressBits;
  readonly destination: AddressBits;
}

/** Who to whom: no two of its boxes have a pair in common, and none is empty. */
export type Region = readonly Box[];

export function intersectBox(region: Region, box: Box): Region {
  return notEmpty(
    region.map(({ source, destination }) => ({
      source: source & box.source,
      destination: destination & box.destination,
    })),
  );
}

export function subtractBox(region: Region, box: Box): Region {
  return notEmpty(
    region.flatMap(({ source, destination }) => {
      const [shared, left] = [source & box.source, destination & box.destination];
      if (shared === 0n || left === 0n) return [{ source, destination }];
      return [
        { source: source & ~box.source, destination },
        { source: shared, destination: destination & ~box.destination },
      ];
    }),
  );
}

/** Of regions that have nothing in common. As few boxes as joining those with an equal end makes. */
export function joined(...regions: readonly Region[]): Region {
  return joinedBy("destination", joinedBy("source", regions.flat()));
}

function joinedBy(end: keyof Box, region: Region): Region {
  const found = new Map<AddressBits, Box>();
  const other = end === "source" ? "destination" : "source";
  for (const box of region) {
    const before = found.get(box[end]);
    found.set(
      box[end],
      before === undefined ? box : { ...box, [other]: before[other] | box[other] },
    );
  }
  return [...found.values()];
}

function notEmpty(region: Region): Region {
  return region.filter(({ source, destination }) => source !== 0n && destination !== 0n);
}
