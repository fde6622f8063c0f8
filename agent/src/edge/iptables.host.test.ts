import { type Lab, type LabNode, startLab, whyUnfit } from "@seawall/lab";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { execWithoutNflog, firewallOf } from "../testing/node-firewall.ts";
import type { Exec } from "./exec.ts";
import { createIptables } from "./iptables.ts";

let lab: Lab;
let node: LabNode;

// Registered tables cannot be unregistered, so each test has a kernel namespace of its own.
beforeEach(async () => {
  const unfit = whyUnfit();
  if (unfit !== undefined) throw new Error(unfit);
  lab = await startLab({ hosts: [], nodes: [{ name: "kernel" }] });
  node = lab.node("kernel");
});

afterEach(async () => {
  await lab.stop();
});

const observe = () => firewallOf(node).observe();

/** The node's programs, except that some of them are not there, or run as somebody else. */
function altered(change: (program: string) => "missing" | readonly string[]): Exec {
  return async ([program = "", ...rest], { input = "" }) => {
    const prefix = change(program);
    if (prefix === "missing") return { kind: "notStarted", code: "ENOENT" };
    const { code, stdout, stderr } = await node.exec([...prefix, program, ...rest], { input });
    return { kind: "exited", code, stdout, stderr };
  };
}

const observeWith = (
  change: (program: string) => "missing" | readonly string[],
  procNet?: string,
) =>
  createIptables({ exec: altered(change), procNet: procNet ?? `/proc/${node.pid}/net` }).observe();

describe("which iptables", () => {
  it("nft, on an empty host", async () => {
    expect(await observe()).toMatchObject({
      kind: "observed",
      backend: "iptables-nft",
      IPv4: { tables: { filter: { chains: new Map() } }, dockerRules: false },
      IPv6: { tables: { security: { chains: new Map() } } },
    });
  });

  it("does not register legacy tables by looking", async () => {
    await observe();
    expect(await node.run(["cat", "/proc/net/ip_tables_names"])).toBe("");
  });

  it("legacy, where Docker keeps its rules there", async () => {
    await node.run(["iptables-legacy", "-N", "DOCKER"]);
    expect(await observe()).toMatchObject({
      kind: "failed",
      failure: { reason: "LegacyIptables", unsupported: true },
    });
  });

  it("nft, where legacy tables are registered and Docker is not in them", async () => {
    await node.run(["iptables-legacy", "-S"]);
    expect(await observe()).toMatchObject({ kind: "observed" });
  });

  it("the one named iptables, where no other name exists", async () => {
    const onlyPlain = (program: string) => (program.includes("-nft") ? "missing" : []);
    expect(await observeWith(onlyPlain)).toMatchObject({
      kind: "observed",
      version: expect.stringMatching(/^1\.8/) as string,
    });
  });
});

it("knows NFLOG, and says so where it does not", async () => {
  expect(await observe()).not.toHaveProperty("nflog");
  const without = firewallOf(node, { exec: execWithoutNflog(node) });
  expect(await without.observe()).toMatchObject({ kind: "observed", nflog: "missing" });
});

describe("what keeps it from being read is a failure with a reason", () => {
  it("nothing installed", async () => {
    expect(await observeWith(() => "missing")).toMatchObject({
      failure: { reason: "IptablesMissing", class: "wait" },
    });
  });

  it("nothing installed for IPv6, on a host with IPv6", async () => {
    const noIPv6 = (program: string) => (program.startsWith("ip6") ? "missing" : []);
    expect(await observeWith(noIPv6)).toMatchObject({ failure: { reason: "IptablesMissing" } });
    expect(await observeWith(noIPv6, "/nonexistent")).toMatchObject({
      kind: "observed",
      IPv6: "absent",
    });
  });

  it("not root", async () => {
    const somebody = ["setpriv", "--reuid", "65534", "--clear-groups"];
    expect(await observeWith(() => somebody)).toMatchObject({
      failure: { reason: "NoRights", class: "wait" },
    });
  });

  it("rules in the table that only nft knows", async () => {
    await node.run([
      "nft",
      "add table ip filter; add chain ip filter x; add rule ip filter x meta mark set jhash ip saddr mod 2",
    ]);
    expect(await observe()).toMatchObject({ failure: { reason: "FilterTableIncompatible" } });
  });

  it("a commit that does not fit the table", async () => {
    const firewall = firewallOf(node);
    await firewall.observe();
    const before = await node.run(["iptables-nft-save", "-t", "filter"]);
    const text = "*filter\n:SEAWALL - [0:0]\n-D DOCKER-USER -j SEAWALL\nCOMMIT\n";
    expect(await firewall.apply("IPv4", text)).toMatchObject({ failure: { class: "retry" } });
    const strip = (save: string) => save.replaceAll(/^#.*$/gm, "");
    expect(strip(await node.run(["iptables-nft-save", "-t", "filter"]))).toBe(strip(before));
  });
});
