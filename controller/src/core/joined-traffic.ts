import type { ChangePreviewDocument, TrafficWords } from "@seawall/policy";

type Traffic = Pick<ChangePreviewDocument, "traffic" | "trafficLeftOut">;

/** More than anybody reads. */
const MOST_TOLD = 1_000;
const MOST_HOSTS = 100;
/** Docker's names are shorter, and nobody reads more of them; a host can say anything. */
const MOST_ENDS = 100;
const LONGEST_NAME = 400;
/** Together: a client takes no answer of any length. */
const MOST_CHARACTERS = 4_000_000;

/**
 * The changes of traffic of many hosts, those that are the same in words once, with the hosts. What is denied from then
 * on comes first, and what most hosts have.
 */
export function joinedTraffic(
  found: readonly { readonly host: string; readonly traffic: readonly TrafficWords[] }[],
): Traffic {
  const joined = new Map<string, { readonly words: TrafficWords; readonly hosts: string[] }>();
  for (const { host, traffic } of found) {
    for (const words of traffic.map(bounded)) {
      const key = JSON.stringify(words);
      const known = joined.get(key);
      if (known === undefined) joined.set(key, { words, hosts: [host] });
      else known.hosts.push(host);
    }
  }
  const sorted = [...joined].toSorted(
    ([, a], [, b]) => rank(a.words) - rank(b.words) || b.hosts.length - a.hosts.length,
  );
  let left = MOST_CHARACTERS;
  const told = sorted.slice(0, MOST_TOLD).flatMap(([{ length }, one]) => {
    if (length > left) return [];
    left -= length;
    return [one];
  });
  return {
    traffic: told.map(({ words, hosts }) => ({
      ...words,
      ...{ from: [...words.from], to: [...words.to], families: [...words.families] },
      ...{ hostCount: hosts.length, hosts: hosts.slice(0, MOST_HOSTS) },
    })),
    trafficLeftOut: sorted.length - told.length,
  };
}

/** What a host calls its networks and containers must not push out what others say. */
function bounded({ from, to, ...rest }: TrafficWords): TrafficWords {
  return { ...rest, from: first(from), to: first(to) };
}

function first(ends: readonly string[]): readonly string[] {
  const more = ends.length - MOST_ENDS;
  const shown = ends.slice(0, MOST_ENDS).map(shortened);
  return more > 0 ? [...shown, `${String(more)} more`] : shown;
}

function shortened(text: string): string {
  return text.length <= LONGEST_NAME ? text : `${text.slice(0, LONGEST_NAME - 1)}…`;
}

function rank({ before, after }: TrafficWords): number {
  if (before === "Allow") return 0;
  return after === "Allow" ? 1 : 2;
}
