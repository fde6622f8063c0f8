import { expect, test } from "vitest";
import type { Footprint } from "./core/footprint.ts";
import { type KnownOfHost, lookOf } from "./look.ts";
import type { Look } from "./ports.ts";
import { bundle } from "./testing/fakes.ts";

const engine = (firewallBackend: string) => ({
  engine: { version: "29.7.2", firewallBackend, swarm: false },
});
const snapshot = (backend: string) => ({
  bootId: "b",
  backend,
  networks: [],
  interfaces: [],
  bindings: [],
});
const table: Footprint = { table: "created" };
const known: KnownOfHost = {
  ...{ bundle: bundle(1), docker: engine("iptables"), footprint: {}, snapshot: undefined },
};
const legacy = { IPv4: "legacy", IPv6: "legacy" } as const;

test.each<[string, Partial<KnownOfHost>, Partial<Look>]>([
  ["Docker keeps its rules in iptables", {}, { enforcement: "iptables", nft: "no" }],
  [
    "Docker with firewalld",
    { docker: engine("nftables+firewalld") },
    { enforcement: "nftables", nft: "ifInstalled" },
  ],
  ["Docker does not say", { docker: engine("") }, { enforcement: "iptables", nft: "no" }],
  [
    "Docker went over to iptables, and our table is still there",
    { footprint: table, snapshot: snapshot("nftables") },
    { enforcement: "iptables", nft: "yes" },
  ],
  [
    "the same, and there is no record of the table",
    { snapshot: snapshot("nftables") },
    { enforcement: "iptables", nft: "ifInstalled" },
  ],
  [
    "the record is damaged: there may be a table",
    { footprint: "damaged" },
    { enforcement: "iptables", nft: "ifInstalled" },
  ],
  [
    "Docker has not answered, and the table was made",
    { docker: {}, footprint: table },
    { enforcement: "nftables", nft: "yes" },
  ],
  [
    "Docker has not answered, and the rules were in nftables",
    { docker: {}, snapshot: snapshot("nftables") },
    { enforcement: "nftables", nft: "ifInstalled" },
  ],
  [
    "Docker has not answered, and the rules were in iptables-legacy",
    { docker: {}, snapshot: snapshot("iptables-legacy") },
    { enforcement: "iptables", lastUsed: legacy, nft: "no" },
  ],
  [
    "Docker has not answered, and the record is damaged",
    { docker: {}, footprint: "damaged", snapshot: snapshot("nftables") },
    { enforcement: "nftables", nft: "ifInstalled" },
  ],
  ["nothing is known", { bundle: undefined, docker: {} }, { enforcement: "iptables", nft: "no" }],
])("%s", (_, change, look) => {
  expect(lookOf({ ...known, ...change })).toEqual({ lastUsed: {}, ...look });
});
