import { expect, test } from "vitest";
import { parseSave } from "./core/parse-save.ts";
import { dockerRulesOf } from "./pass-plan.ts";

const withDocker = parseSave("*filter\n:DOCKER - [0:0]\nCOMMIT\n");
const without = parseSave("*filter\nCOMMIT\n");
const read = {
  kind: "observed",
  backend: "iptables-nft",
  version: "1.8.9",
  ipset: "missing",
  IPv4: withDocker,
  IPv6: without,
} as const;
const failed = {
  kind: "failed",
  failure: { class: "retry", reason: "IptablesBusy", message: "busy" },
} as const;
const both = { IPv4: true, IPv6: true };

test.for([
  { name: "by family", observed: read, rules: { IPv4: true, IPv6: false } },
  {
    name: "a kernel without IPv6",
    observed: { ...read, IPv6: "absent" as const },
    rules: { IPv4: true, IPv6: false },
  },
  { name: "as before while the kernel cannot be read", observed: failed, rules: both },
  {
    name: "what is left over is not kept up under Docker's nftables backend",
    observed: read,
    firewallBackend: "nftables",
    rules: { IPv4: false, IPv6: false },
  },
])("where Docker keeps rules: $name", ({ observed, firewallBackend = "iptables", rules }) => {
  const engine = { version: "29.7.2", firewallBackend, swarm: false };
  expect(dockerRulesOf(observed, { engine }, both)).toEqual(rules);
});
