import { isDeepStrictEqual } from "node:util";
import { families } from "./core/ruleset.ts";
import type { Bundle, Clock, Look, Reading, RulesWatch } from "./ports.ts";

/** When the kernel was read, by the clock for people and by the one that nobody can set. */
export interface ReadAt {
  readonly wallMs: number;
  readonly ms: number;
}

export function readNow(clock: Pick<Clock, "now" | "moment">): ReadAt {
  return { wallMs: clock.now(), ms: clock.moment().ms };
}

/** How the rules of a bundle were read back. */
export interface EarlierReading {
  readonly bundle: Bundle | undefined;
  readonly look: Look;
  readonly reading: Reading;
  readonly readAt: ReadAt;
  /** How many changes had been heard of before. */
  readonly heard: number;
}

/** What is to be looked at now. */
interface Wanted {
  readonly bundle: Bundle | undefined;
  readonly look: Look;
  /** Somebody wants to know what is there now. */
  readonly isAsked: boolean;
  readonly ms: number;
}

/** Even where every change is heard of, all is read so often: nobody tells of packets that were counted. */
const READ_EVERY_MS = 10_000;

/**
 * What was read back, where it is still so, because whoever is told of every change has heard of none: what Docker tells
 * of may change what is to be in the kernel, not what is. undefined: the kernel is to be read. A newer bundle is written
 * upon what was read at any time: it is read back itself.
 */
export function stillSo(
  earlier: EarlierReading | undefined,
  { bundle, look, isAsked, ms }: Wanted,
  watch: Pick<RulesWatch, "isListening" | "heard">,
): EarlierReading | undefined {
  if (earlier === undefined || !watch.isListening || watch.heard !== earlier.heard)
    return undefined;
  const isNew = bundle !== earlier.bundle;
  if (!isNew && (isAsked || ms - earlier.readAt.ms >= READ_EVERY_MS)) return undefined;
  return isDeepStrictEqual(look, earlier.look) && isHeardOf(earlier.reading) ? earlier : undefined;
}

/** Nobody tells of changes of sets, nor of those in iptables-legacy. */
function isHeardOf(reading: Reading): boolean {
  const { ipset } = reading;
  return (
    (ipset === "missing" || ipset.size === 0) &&
    families.every((family) => {
      const found = reading[family];
      return found === "absent" || found.variant === "nft";
    })
  );
}
