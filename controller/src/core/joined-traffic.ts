import type { ChangePreviewDocument, TrafficWords } from "@seawall/policy";

type Traffic = Pick<ChangePreviewDocument, "traffic" | "trafficLeftOut">;

/** More than anybody reads. */
const MOST_TOLD = 1_000;
const MOST_HOSTS = 100;

/**
 * The changes of traffic of many hosts, those that are the same in words once, with the hosts. What is denied from then
 * on comes first, and what most hosts have.
 */
export function joinedTraffic(
  found: readonly { readonly host: string; readonly traffic: readonly TrafficWords[] }[],
): Traffic {
  const joined = new Map<string, { readonly words: TrafficWords; readonly hosts: string[] }>();
  for (const { host, traffic } of found) {
    for (const words of traffic) {
      const key = JSON.stringify(words);
      const known = joined.get(key);
      if (known === undefined) joined.set(key, { words, hosts: [host] });
      else known.hosts.push(host);
    }
  }
  const sorted = [...joined.values()].toSorted(
    (a, b) => rank(a.words) - rank(b.words) || b.hosts.length - a.hosts.length,
  );
  return {
    traffic: sorted.slice(0, MOST_TOLD).map(({ words, hosts }) => ({
      ...words,
      ...{ from: [...words.from], to: [...words.to], families: [...words.families] },
      ...{ hostCount: hosts.length, hosts: hosts.slice(0, MOST_HOSTS) },
    })),
    trafficLeftOut: Math.max(0, sorted.length - MOST_TOLD),
  };
}

function rank({ before, after }: TrafficWords): number {
  if (before === "Allow") return 0;
  return after === "Allow" ? 1 : 2;
}
