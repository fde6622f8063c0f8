import { type LabNode, probeTcp, probeUdp, type Verdict } from "@seawall/lab";
import { type TraceDocument, traceDocument } from "@seawall/policy";
import { beforeAll, describe, expect, test } from "vitest";
import { enforce, type Family, families, policy, type Site, type Sites } from "./sites.ts";

/** What a client gets that is not let in, as its own kernel counts it. */
type Answer = "open" | "silence" | "reset" | "unreachable";

/** A way to `web`: through a port of the host, or to the container's own address, which the client is given a route to. */
interface Way {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly to: "host" | "web";
}
const ways = {
  "tcp/8080": { protocol: "tcp", port: 8080, to: "host" },
  "tcp/8081": { protocol: "tcp", port: 8081, to: "host" },
  "udp/5353": { protocol: "udp", port: 5353, to: "host" },
  "web tcp/80": { protocol: "tcp", port: 80, to: "web" },
  "web udp/53": { protocol: "udp", port: 53, to: "web" },
} as const satisfies Readonly<Record<string, Way>>;
type WayName = keyof typeof ways;
const names = Object.keys(ways) as WayName[];

interface Met {
  readonly answer: Answer;
  /** Whose rule or default decides, in the words of `trace`. */
  readonly by: string;
}
const silence = (by: string): Met => ({ answer: "silence", by });
const reset = (by: string): Met => ({ answer: "reset", by });
const unreachable = (by: string): Met => ({ answer: "unreachable", by });
const open = (by: string): Met => ({ answer: "open", by });

const shop = "  networkSelector: {names: [shop]}";
const saying = (name: string, action: string, more = "") =>
  policy(name, `${shop}\n  ingress:\n    defaultAction: ${action}\n${more}`);
// In the order in which they are judged the one that decides is never the first.
const first = saying("a-allows", "Allow");
const rejects = saying("b-rejects", "Reject");
const denies = saying("c-denies", "Deny");

interface Case {
  readonly name: string;
  readonly manifests: string;
  readonly met: Readonly<Record<WayName, Met>>;
}

const cases: readonly Case[] = [
  {
    name: "Allow, Reject and Deny: denied, whoever is judged first",
    manifests: first + rejects + denies,
    met: {
      "tcp/8080": silence("c-denies/default"),
      "tcp/8081": silence("c-denies/default"),
      "udp/5353": silence("c-denies/default"),
      "web tcp/80": silence("c-denies/default"),
      "web udp/53": silence("c-denies/default"),
    },
  },
  {
    name: "Allow and Reject: rejected; a published port by ICMP, a container's own address over TCP by a reset",
    manifests: first + rejects,
    met: {
      "tcp/8080": unreachable("b-rejects/default"),
      "tcp/8081": unreachable("b-rejects/default"),
      "udp/5353": unreachable("b-rejects/default"),
      "web tcp/80": reset("b-rejects/default"),
      "web udp/53": unreachable("b-rejects/default"),
    },
  },
  {
    name: "what a rule of any of the three decides, no default undoes",
    manifests:
      saying("a-allows", "Allow", "    rules: [{name: web, action: Allow, ports: [{port: 80}]}]") +
      saying(
        "b-rejects",
        "Reject",
        "    rules: [{name: dns, action: Reject, ports: [{protocol: UDP, port: 53}]}]",
      ) +
      denies,
    met: {
      "tcp/8080": open("a-allows/web"),
      "tcp/8081": silence("c-denies/default"),
      "udp/5353": unreachable("b-rejects/dns"),
      "web tcp/80": open("a-allows/web"),
      "web udp/53": unreachable("b-rejects/dns"),
    },
  },
];

/** With packets, over both families, and in the words of `trace`; on the first of the sites. */
export function whereDefaultsMeet(sites: () => Sites): void {
  describe("policies with different defaults on one bridge", () => {
    beforeAll(async () => {
      const { host } = siteOf(sites());
      const client = sites().fleet.lab.node("client");
      await client.run(["ip", "route", "add", "10.77.0.0/24", "via", host.ipv4]);
      await client.run(["ip", "route", "add", "2001:db8:77::/64", "via", host.ipv6]);
      await hearAnswers(client);
    });

    test.for(cases)("$name", async ({ manifests, met }) => {
      await enforce(sites(), manifests);
      const answers = Object.fromEntries(names.map((name) => [name, met[name].answer]));
      expect(await byFamily((family) => sent(sites(), family, met))).toEqual({
        v4: answers,
        v6: answers,
      });
      const said = Object.fromEntries(
        names.map((name) => [name, `${outcomes[met[name].answer]} by ${met[name].by}`]),
      );
      expect(await byFamily((family) => traced(sites(), family))).toEqual({ v4: said, v6: said });
    });
  });
}

const outcomes = {
  ...{ open: "Allowed", silence: "Denied" },
  ...{ reset: "Rejected", unreachable: "Rejected" },
} as const satisfies Readonly<Record<Answer, string>>;

const programs = { v4: "iptables", v6: "ip6tables" } as const satisfies Record<Family, string>;
const resetPacket = ["-p", "tcp", "--tcp-flags", "RST", "RST"];
const portUnreachable = {
  v4: ["-p", "icmp", "--icmp-type", "port-unreachable"],
  v6: ["-p", "icmpv6", "--icmpv6-type", "port-unreachable"],
} as const;

/** Rules that do nothing but count what comes in, in this order. */
async function hearAnswers(client: LabNode): Promise<void> {
  for (const family of families) {
    for (const match of [resetPacket, portUnreachable[family]]) {
      await client.run([programs[family], "-A", "INPUT", ...match]);
    }
  }
}

interface Heard {
  readonly resets: number;
  readonly unreachable: number;
}

async function heard(client: LabNode, family: Family): Promise<Heard> {
  const saved = await client.run([`${programs[family]}-save`, "-c", "-t", "filter"]);
  const [resets = 0, unreachable = 0] = [...saved.matchAll(/^\[(\d+):\d+\] -A INPUT /gm)].map(
    ([, count]) => Number(count),
  );
  return { resets, unreachable };
}

type Answers = Readonly<Record<string, string>>;

async function byFamily(
  look: (family: Family) => Promise<Answers>,
): Promise<Readonly<Record<Family, Answers>>> {
  const [v4, v6] = await Promise.all([look("v4"), look("v6")]);
  return { v4, v6 };
}

function siteOf({ sites }: Sites): Site {
  const [site] = sites;
  if (site === undefined) throw new Error("one site was asked for");
  return site;
}

function addressOf(sites: Sites, { to }: Way, family: Family): string {
  const site = siteOf(sites);
  const { ipv4, ipv6 } = to === "host" ? site.host : site.web;
  return family === "v4" ? ipv4 : ipv6;
}

/** What answers one after the other, so that it is known who was answered how; silence together. */
async function sent(sites: Sites, family: Family, met: Case["met"]): Promise<Answers> {
  const client = sites.fleet.lab.node("client");
  const silent = names.filter((name) => met[name].answer === "silence");
  const answered = names.filter((name) => !silent.includes(name)).map((name) => [name]);
  const answers: Record<string, string> = {};
  for (const together of [...answered, silent]) {
    const before = await heard(client, family);
    const kinds = await Promise.all(together.map((name) => kindOf(sites, ways[name], family)));
    const after = await heard(client, family);
    for (const [at, name] of together.entries()) {
      answers[name] = answerOf(kinds[at], {
        resets: after.resets - before.resets,
        unreachable: after.unreachable - before.unreachable,
      });
    }
  }
  return answers;
}

async function kindOf(sites: Sites, way: Way, family: Family): Promise<Verdict["kind"]> {
  const probe = way.protocol === "tcp" ? probeTcp : probeUdp;
  const target = { address: addressOf(sites, way, family), port: way.port };
  return (await probe(sites.fleet.lab.node("client"), target)).kind;
}

function answerOf(kind: Verdict["kind"] | undefined, { resets, unreachable }: Heard): string {
  if (kind === "open" && resets + unreachable === 0) return "open";
  if (kind === "timeout" && resets + unreachable === 0) return "silence";
  if (kind === "refused" && resets > 0 && unreachable === 0) return "reset";
  if (kind === "refused" && unreachable > 0 && resets === 0) return "unreachable";
  return `${String(kind)}, ${String(resets)} resets, ${String(unreachable)} unreachable`;
}

async function traced(sites: Sites, family: Family): Promise<Answers> {
  const { ipv4, ipv6 } = sites.fleet.lab.node("client");
  const said = names.map(async (name) => {
    const { protocol, port, to } = ways[name];
    const address = addressOf(sites, ways[name], family);
    const destination = to === "host" ? "host" : family === "v4" ? address : `[${address}]`;
    const { stdout } = await sites.fleet.seawall([
      ...["trace", family === "v4" ? ipv4 : ipv6, `${destination}:${String(port)}`],
      ...["--protocol", protocol, "--host", siteOf(sites).host.name, "-o", "json"],
    ]);
    const { groups } = traceDocument.parse(JSON.parse(stdout));
    const paths = groups.flatMap((group) => group.paths);
    return [name, paths.map(inWords).join("; ")] as const;
  });
  return Object.fromEntries(await Promise.all(said));
}

type Path = TraceDocument["groups"][number]["paths"][number];

function inWords({ outcome, verdict }: Path): string {
  const by = verdict?.decidedBy?.decidedBy;
  return `${outcome} by ${by === undefined ? "nobody" : `${by.policy}/${by.rule}`}`;
}
