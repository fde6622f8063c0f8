import { expect, test } from "vitest";
import { type Entry, entriesOf } from "./entries.ts";
import type { ObservedTables } from "./observed-kernel.ts";
import { parseNftTable } from "./parse-nft.ts";
import { parseSave } from "./parse-save.ts";

const jump = (chain: string) =>
  `[0:0] -A ${chain} -m comment --comment "sw:0123456789abcdef jump" -j`;

/** IPv4 with these rules in filter and security; SEAWALL and SEAWALL-INPUT are there. */
function ipv4(filter: readonly string[], security: readonly string[] = []): ObservedTables {
  const text = [
    ...["*filter", ":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":DOCKER-USER - [0:0]"],
    ...[":SEAWALL - [0:0]", ":SEAWALL-INPUT - [0:0]", ...filter, "COMMIT"],
    ...["*security", ":FORWARD ACCEPT [0:0]", ":SEAWALL - [0:0]", ...security, "COMMIT", ""],
  ].join("\n");
  return { IPv4: parseSave(text, "nft"), IPv6: "absent", ipset: "missing" };
}

const told = ({ family, table, chain, leadsTo, position, priority }: Entry) =>
  `${family} ${table} ${chain} → ${leadsTo} ${String(position || priority)}`;

test("every jump is told with its place", () => {
  const observed = ipv4(
    [
      "[0:0] -A FORWARD -j DOCKER-USER",
      "[0:0] -A DOCKER-USER -s 10.0.0.0/8 -j ACCEPT",
      `${jump("DOCKER-USER")} SEAWALL`,
      `${jump("INPUT")} SEAWALL-INPUT`,
    ],
    [`${jump("FORWARD")} SEAWALL`],
  );
  expect(entriesOf(observed).map(told)).toEqual([
    "IPv4 filter FORWARD → DOCKER-USER 1",
    "IPv4 filter DOCKER-USER → SEAWALL 2",
    "IPv4 filter INPUT → SEAWALL-INPUT 1",
    "IPv4 security FORWARD → SEAWALL 1",
  ]);
});

test("a jump that a chain of ours is there for is told where it is missing", () => {
  expect(entriesOf(ipv4(["[0:0] -A FORWARD -j DOCKER-FORWARD"])).map(told)).toEqual([
    "IPv4 filter FORWARD → DOCKER-USER 0",
    "IPv4 filter DOCKER-USER → SEAWALL 0",
    "IPv4 filter INPUT → SEAWALL-INPUT 0",
    "IPv4 security FORWARD → SEAWALL 0",
  ]);
});

test("where nothing of ours is there, nothing leads to it", () => {
  const text = "*filter\n:FORWARD ACCEPT [0:0]\n:DOCKER-USER - [0:0]\nCOMMIT\n";
  const observed = { IPv4: parseSave(text, "nft"), IPv6: "absent", ipset: "missing" } as const;
  expect(entriesOf(observed)).toEqual([]);
});

test("in nftables a chain hangs at a priority", () => {
  const chain = { family: "inet", table: "seawall", name: "forward", handle: 1 };
  const hook = { type: "filter", hook: "forward", prio: -10, policy: "accept" };
  const other = { family: "inet", table: "seawall", name: "ipv4-E-1", handle: 2 };
  const listing = { nftables: [{ chain: { ...chain, ...hook } }, { chain: other }] };
  const parsed = parseNftTable(JSON.stringify(listing));
  if (!parsed.ok) throw new Error(parsed.message);
  const observed = { IPv4: "absent", IPv6: "absent", ipset: "missing", nft: parsed.table } as const;
  expect(entriesOf(observed).map(told)).toEqual(["inet seawall forward → forward -10"]);
});
