import type { NftTable } from "../nft-table.ts";

/** An object of the list that `nft -j` prints. */
export type ListedObject = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What `nft -j list table inet seawall` says of a table that holds this, each statement a text of its own. */
export function listedObjects({ chains, sets, maps }: NftTable): readonly ListedObject[] {
  const place = { family: "inet", table: "seawall" };
  let handle = 0;
  const next = () => {
    handle += 1;
    return { ...place, handle };
  };
  return [
    { metainfo: { version: "1.1.3", release_name: "Commodore Bullmoose #4" } },
    { table: { family: "inet", name: "seawall", handle: 1 } },
    ...chains.map(({ name, hook }) => ({
      chain: {
        ...{ ...next(), name },
        ...(hook === undefined ? {} : { type: "filter", hook, prio: -10, policy: "accept" }),
      },
    })),
    ...maps.map(({ name, by, entries }) => ({
      map: {
        ...{ ...next(), name, type: { typeof: { meta: { key: by } } }, map: "verdict" },
        elem: entries.map(({ at, verdict }) => [at, listedVerdict(verdict)]),
      },
    })),
    ...sets.map(({ name, cidrs }) => ({
      set: { ...next(), name, type: "ipv4_addr", flags: ["interval"], elem: cidrs.map(element) },
    })),
    ...chains.flatMap(({ name, rules }) =>
      rules.map(({ text }) => {
        const [, does = "", comment] = /^(.*?) ?comment "(.*)"$/.exec(text) ?? [];
        const expr = does.split(/ (?=counter\b)|(?<=\bcounter) /).map(statement);
        return { rule: { ...next(), chain: name, comment, expr } };
      }),
    ),
  ];
}

export function listingText(objects: readonly ListedObject[]): string {
  return JSON.stringify({ nftables: objects });
}

function listedVerdict(verdict: string): unknown {
  const [, target] = verdict.split(" ");
  return target === undefined ? { return: null } : { goto: { target } };
}

function element(cidr: string): unknown {
  const [addr = "", len = ""] = cidr.split("/");
  return len === "32" || len === "128" ? addr : { prefix: { addr, len: Number(len) } };
}

function statement(text: string): unknown {
  return text === "counter" ? { counter: { packets: 0, bytes: 0 } } : { text };
}
