import { readFile } from "node:fs/promises";
import { eventually, type Lab, type LabNode, startLab, whyUnfit } from "@seawall/lab";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { otherVariant, type Variant } from "../core/variant.ts";
import {
  execWithoutNflog,
  firewallOf,
  inIptables,
  useAlternative,
  withoutSecurity,
} from "../testing/node-firewall.ts";
import { argvIn } from "../testing/node-spawn.ts";
import { createBegin, type Exec } from "./exec.ts";
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

const observe = () => firewallOf(node).observe(inIptables);

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
  createIptables({ exec: altered(change), procNet: procNet ?? `/proc/${node.pid}/net` }).observe(
    inIptables,
  );

describe("which iptables", () => {
  it("nft, on an empty host", async () => {
    expect(await observe()).toMatchObject({
      kind: "observed",
      IPv4: { variant: "nft", tables: { filter: { chains: new Map() } }, dockerRules: false },
      IPv6: { variant: "nft", tables: { security: { chains: new Map() } } },
      elsewhere: { IPv4: "absent", IPv6: "absent" },
    });
  });

  it("does not register legacy tables by looking", async () => {
    await observe();
    expect(await node.run(["cat", "/proc/net/ip_tables_names"])).toBe("");
  });

  it("legacy, where Docker keeps its rules there, and no table more than it has", async () => {
    await node.run(["iptables-legacy", "-N", "DOCKER"]);
    expect(await observe()).toMatchObject({ IPv4: { variant: "legacy", dockerRules: true } });
    expect(await node.run(["cat", "/proc/net/ip_tables_names"])).toBe("filter\n");
    expect(await node.run(["cat", "/proc/net/ip6_tables_names"])).toBe("");
  });

  it("nft, where legacy tables are registered and Docker is not in them", async () => {
    await node.run(["iptables-legacy", "-S"]);
    expect(await observe()).toMatchObject({ IPv4: { variant: "nft" } });
  });

  it.each<Variant>(["nft", "legacy"])(
    "%s, which `iptables` is, where both have Docker's chains, or none has",
    async (variant) => {
      await useAlternative(node, "iptables", variant);
      expect(await observe()).toMatchObject({ IPv4: { variant }, IPv6: { variant: "nft" } });
      for (const one of ["nft", "legacy"]) await node.run([`iptables-${one}`, "-N", "DOCKER"]);
      expect(await observe()).toMatchObject({
        IPv4: { variant, dockerRules: true },
        elsewhere: { IPv4: { variant: otherVariant(variant), dockerRules: true } },
      });
    },
  );

  it("the one with Docker's chains, whatever `iptables` is", async () => {
    await useAlternative(node, "iptables", "legacy");
    await node.run(["iptables-nft", "-N", "DOCKER"]);
    expect(await observe()).toMatchObject({ IPv4: { variant: "nft" } });
    await node.run(["iptables-nft", "-X", "DOCKER"]);
    await useAlternative(node, "iptables", "nft");
    await node.run(["iptables-legacy", "-N", "DOCKER"]);
    expect(await observe()).toMatchObject({ IPv4: { variant: "legacy" } });
  });

  it("stays where it was while Docker has chains nowhere", async () => {
    await node.run(["iptables-legacy", "-N", "DOCKER"]);
    const firewall = firewallOf(node);
    await firewall.observe(inIptables);
    await node.run(["iptables-legacy", "-X", "DOCKER"]);
    expect(await firewall.observe(inIptables)).toMatchObject({ IPv4: { variant: "legacy" } });
    await node.run(["iptables-nft", "-N", "DOCKER"]);
    expect(await firewall.observe(inIptables)).toMatchObject({ IPv4: { variant: "nft" } });
  });

  it("each family's own: people switch one and forget the other", async () => {
    await node.run(["iptables-legacy", "-N", "DOCKER"]);
    await node.run(["ip6tables-nft", "-N", "DOCKER"]);
    expect(await observe()).toMatchObject({
      IPv4: { variant: "legacy", dockerRules: true },
      IPv6: { variant: "nft", dockerRules: true },
    });
  });

  it("the one named iptables, where no other name exists", async () => {
    const onlyPlain = (program: string) => (/-(nft|legacy)/.test(program) ? "missing" : []);
    const version = expect.stringMatching(/^1\.8/) as string;
    expect(await observeWith(onlyPlain)).toMatchObject({ IPv4: { variant: "nft" }, version });
    await useAlternative(node, "iptables", "legacy");
    expect(await observeWith(onlyPlain)).toMatchObject({ IPv4: { variant: "legacy" }, version });
  });

  it("legacy, on a kernel without nf_tables", async () => {
    await node.run(["iptables-legacy", "-N", "DOCKER"]);
    await useAlternative(node, "ip6tables", "legacy");
    const firewall = firewallOf(node, (exec) => async (argv, options) => {
      const [program = ""] = argv;
      return program.includes("-nft-")
        ? {
            kind: "exited",
            code: 4,
            stdout: "",
            stderr: `${program} v1.8.9 (nf_tables): Could not fetch rule set generation id: Invalid argument`,
          }
        : exec(argv, options);
    });
    expect(await firewall.observe(inIptables)).toMatchObject({
      IPv4: { variant: "legacy" },
      IPv6: { variant: "legacy" },
      elsewhere: { IPv4: "absent", IPv6: "absent" },
    });
  });
});

describe("what is left in the variant that Docker does not use", () => {
  it("is found at first, and followed until it is gone", async () => {
    await node.run(["iptables-nft", "-N", "SEAWALL-OLD"]);
    await node.run(["iptables-legacy", "-N", "DOCKER"]);
    const firewall = firewallOf(node);
    const left = async () => {
      const observed = await firewall.observe(inIptables);
      if (observed.kind === "failed" || observed.elsewhere.IPv4 === "absent") return observed;
      return [...observed.elsewhere.IPv4.tables.filter.chains.keys()];
    };
    expect(await left()).toEqual(["SEAWALL-OLD"]);
    await node.run(["iptables-nft", "-X", "SEAWALL-OLD"]);
    expect(await left()).toEqual([]);
  });

  it("is looked at once in a while when there was nothing", async () => {
    await node.run(["iptables-legacy", "-N", "DOCKER"]);
    await useAlternative(node, "iptables", "legacy");
    const started: string[] = [];
    const firewall = firewallOf(node, (exec) => (argv, options) => {
      started.push(argv[0] ?? "");
      return exec(argv, options);
    });
    await firewall.observe(inIptables);
    await node.run(["iptables-nft", "-N", "SEAWALL-OLD"]);
    started.length = 0;
    await firewall.observe(inIptables);
    expect(started.filter((program) => program.startsWith("iptables-nft"))).toEqual([]);
    const found = async () => {
      const observed = await firewall.observe(inIptables);
      if (observed.kind === "failed" || observed.elsewhere.IPv4 === "absent") return false;
      return observed.elsewhere.IPv4.tables.filter.chains.size > 0;
    };
    let readings = 2;
    while (!(await found())) readings += 1;
    expect(readings).toBe(12);
  });
});

describe("iptables-legacy", () => {
  const text = "*filter\n:SEAWALL - [0:0]\nCOMMIT\n*security\n:SEAWALL - [0:0]\nCOMMIT\n";
  const commit = { family: "IPv4", variant: "legacy", text } as const;

  beforeEach(async () => {
    await node.run(["iptables-legacy", "-N", "DOCKER"]);
  });

  it("takes a commit of both tables", async () => {
    const firewall = firewallOf(node);
    expect(await firewall.apply(commit)).toEqual({ kind: "done" });
    expect(await firewall.observe(inIptables)).toMatchObject({
      IPv4: {
        lacks: new Set(),
        tables: {
          filter: { chains: new Map([["SEAWALL", expect.anything()]]) },
          security: { chains: new Map([["SEAWALL", expect.anything()]]) },
        },
      },
    });
  });

  it("of a kernel without the table security takes the other one, and says what it lacks", async () => {
    const firewall = firewallOf(node, withoutSecurity);
    expect(await firewall.apply(commit)).toEqual({ kind: "done" });
    expect(await firewall.observe(inIptables)).toMatchObject({
      IPv4: {
        lacks: new Set(["security"]),
        tables: { filter: { chains: new Map([["SEAWALL", expect.anything()]]) } },
      },
      IPv6: { lacks: new Set() },
    });
  });

  it("is tried again when somebody else holds its lock", async () => {
    const holder = await node.spawn([
      ...["flock", "--no-fork", "/run/xtables.lock", "sh", "-c", "echo ready; exec sleep 60"],
    ]);
    await holder.waitForOutput(/ready/);
    const short = firewallOf(
      node,
      (exec) => (argv, options) =>
        exec(
          argv.map((word) => (word === "5" ? "1" : word)),
          options,
        ),
    );
    expect(await short.apply(commit)).toMatchObject({
      failure: { class: "retry", reason: "IptablesBusy" },
    });
    holder.kill("SIGKILL");
    await holder.exited;
    expect(await firewallOf(node).apply(commit)).toEqual({ kind: "done" });
  });
});

describe("an iptables-restore that stands by", () => {
  const tools = ["iptables-nft", "ip6tables-nft", "iptables-legacy", "ip6tables-legacy"];

  it.each(tools)("%s: is in nobody's way, and without input does nothing", async (tool) => {
    await node.run([tool, "-N", "EARLIER"]);
    const argv = argvIn(node, [`${tool}-restore`, "--noflush", "-w", "5"]);
    const limits = { timeoutMs: 60_000, maxOutputBytes: 10_000 };
    const [idle, working] = [createBegin()(argv, limits), createBegin()(argv, limits)];
    for (const { pid } of [idle, working]) {
      await eventually(() => waitsForInput(pid, tool), { what: `${tool}-restore to wait` });
    }

    await node.run([tool, "-w", "1", "-N", "LATER"]);
    // Chains count the packets that the kernel itself sends.
    const save = async () =>
      (await node.run([`${tool}-save`, "-t", "filter"]))
        .replaceAll(/ \[\d+:\d+\]$/gm, "")
        .match(/^[:-].*/gm);
    const before = await save();
    const nothing = { kind: "exited", code: 0, stdout: "", stderr: "" };
    expect(await idle.give("")).toEqual(nothing);
    expect(await save()).toEqual(before);
    expect(await working.give("*filter\n-A LATER -j EARLIER\nCOMMIT\n")).toEqual(nothing);
    expect(await save()).toEqual([...(before ?? []), "-A LATER -j EARLIER"]);
  });

  /** It became what it is to be, and sleeps. */
  async function waitsForInput(pid = Number.NaN, tool = ""): Promise<boolean> {
    const stat = await readFile(`/proc/${String(pid)}/stat`, "utf8");
    return stat.includes(`(${`${tool}-restore`.slice(0, 15)}) S `);
  }
});

it("knows NFLOG, and says so where it does not", async () => {
  expect(await observe()).not.toHaveProperty("nflog");
  const without = firewallOf(node, execWithoutNflog);
  expect(await without.observe(inIptables)).toMatchObject({ kind: "observed", nflog: "missing" });
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

  it("rules in the table nat that only nft knows, which is nothing to us", async () => {
    await node.run([
      "nft",
      "add table ip nat; add chain ip nat x; add rule ip nat x meta mark set jhash ip saddr mod 2",
    ]);
    expect(await observe()).toMatchObject({ kind: "observed", IPv4: { variant: "nft" } });
    await node.run(["nft", "delete table ip nat"]);
  });

  it("a commit that does not fit the table", async () => {
    const firewall = firewallOf(node);
    await firewall.observe(inIptables);
    const before = await node.run(["iptables-nft-save", "-t", "filter"]);
    const text = "*filter\n:SEAWALL - [0:0]\n-D DOCKER-USER -j SEAWALL\nCOMMIT\n";
    expect(await firewall.apply({ family: "IPv4", variant: "nft", text })).toMatchObject({
      failure: { class: "retry" },
    });
    const strip = (save: string) => save.replaceAll(/^#.*$/gm, "");
    expect(strip(await node.run(["iptables-nft-save", "-t", "filter"]))).toBe(strip(before));
  });
});
