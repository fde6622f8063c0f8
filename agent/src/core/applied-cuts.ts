import type { LiveConnection } from "@seawall/proto";

/** A connection that was cut, and by which rule. Both empty: it is held. */
export interface CutConnection {
  readonly connection: Readonly<Required<LiveConnection>>;
  readonly policy: string;
  readonly rule: string;
}

/** Connections that were cut, and which of them nobody had been told of. */
export interface CountedCuts {
  readonly cut: number;
  /** Outside of what was announced. */
  readonly unannounced: number;
  /** The first of these. */
  readonly first: readonly CutConnection[];
}

/** What a revision has cut here when its first bundle came into force. */
export interface AppliedCuts extends CountedCuts {
  readonly epoch: number;
  readonly revision: number;
  /** Whether exactly this change was announced. */
  readonly announced: boolean;
}

export const MOST_CUTS_NAMED = 5;

export const noCuts: CountedCuts = { cut: 0, unannounced: 0, first: [] };

export function addedCuts(cuts: CountedCuts, more: CountedCuts): CountedCuts {
  return {
    cut: cuts.cut + more.cut,
    unannounced: cuts.unannounced + more.unannounced,
    first: cuts.first.length > 0 ? cuts.first : more.first,
  };
}
