import { type ExecResult, eventually, type Fleet, probeTcp } from "@seawall/lab";
import type { Narrator } from "./narrator.ts";
import {
  client,
  createShopNetwork,
  hosts,
  leadThroughContainer,
  mysqlPort,
  network,
  removeShopNetwork,
} from "./stage.ts";

const manifests = "examples/protect-mysql";
const strategy = "deploy/demo/manifests/canary-first.yaml";
const badChange = "deploy/demo/manifests/nothing-out.yaml";

/** Everything the story needs: the fleet it plays on and the voice it is told with. */
export interface Play {
  readonly fleet: Fleet;
  readonly narrator: Narrator;
  /** Absolute path of the repository, the same inside of every node. */
  readonly repository: string;
}

/** The whole story. Rejects with StoryFailed at the first thing that goes otherwise than expected. */
export async function tellStory(play: Play): Promise<void> {
  const before = await dockerUser(play);
  await theSeed(play);
  await thePolicy(play);
  await theFlush(play);
  await theNewBridge(play);
  await theQuestions(play);
  await theCanary(play);
  await theEnd(play, before);
}

type Source = "office" | "outside";

async function theSeed(play: Play): Promise<void> {
  const { narrator } = play;
  narrator.chapter("A published port ignores the host's firewall");
  narrator.say(
    "Every host has `INPUT policy DROP`, and a container that publishes 3306. It is open to the world:",
  );
  for (const { name } of hosts) await probeBoth(play, name, "outside", "open");
}

async function thePolicy(play: Play): Promise<void> {
  const { narrator } = play;
  narrator.chapter("One policy for all production hosts: only the office may reach MySQL");
  await seawall(play, ["apply", "-f", `${play.repository}/${manifests}`], manifests);
  await seawall(play, ["wait", "hosts", "--for=InSync", "--timeout=60s"]);
  await seawall(play, ["get", "hosts"]);
  for (const name of ["shop-01", "shop-02"]) {
    await probeBoth(play, name, "outside", "timeout");
    await probeBoth(play, name, "office", "open");
  }
  narrator.say("dev-01 is not selected (env=dev), so nothing changed there:");
  await probeBoth(play, "dev-01", "outside", "open");
}

async function theFlush(play: Play): Promise<void> {
  const { fleet, narrator } = play;
  narrator.chapter("Somebody flushes DOCKER-USER on shop-01");
  const host = fleet.lab.host("shop-01");
  const earlier = await drifts(fleet, "shop-01");
  narrator.command(["ssh", "shop-01", "iptables", "-F", "DOCKER-USER"]);
  await host.run(["iptables", "-F", "DOCKER-USER"]);
  const begin = performance.now();
  await eventually(async () => (await drifts(fleet, "shop-01")) > earlier, {
    what: "the drift to be reported as repaired",
    timeoutMs: 60_000,
    intervalMs: 200,
  });
  narrator.say(`Reported and repaired after ${((performance.now() - begin) / 1000).toFixed(1)} s:`);
  await seawall(play, ["get", "hosts"]);
  await probeBoth(play, "shop-01", "outside", "timeout");
}

async function theNewBridge(play: Play): Promise<void> {
  const { fleet, narrator } = play;
  narrator.chapter("The network is re-created: new id, new bridge; the policy follows its name");
  const host = fleet.lab.host("shop-02");
  const old = await host.bridgeOf(network);
  await removeShopNetwork(host);
  await createShopNetwork(host, 1);
  const now = await host.bridgeOf(network);
  narrator.say(`${network} on shop-02: ${old} is gone, ${now} is there.`);
  await eventually(async () => (await bridgeReported(fleet, "shop-02")) === now, {
    what: `the policy to be reported on ${now}`,
    timeoutMs: 60_000,
    intervalMs: 200,
  });
  await seawall(play, ["wait", "host/shop-02", "--for=InSync", "--timeout=60s"]);
  await probeBoth(play, "shop-02", "outside", "timeout");
  await probeBoth(play, "shop-02", "office", "open");
}

async function theQuestions(play: Play): Promise<void> {
  play.narrator.chapter("What is enforced, where, and can you prove it?");
  await seawall(play, ["get", "policies"]);
  await seawall(play, ["get", "networks", "-l", "com.docker.compose.project=shop"]);
  await seawall(play, ["describe", "host", "shop-01"]);
  await seawall(play, ["compliance", "--policy", "protect-mysql"]);
}

async function theCanary(play: Play): Promise<void> {
  const { fleet, narrator, repository } = play;
  narrator.chapter("A change that cuts hosts off gets no further than the canary");
  await leadThroughContainer(fleet, "dev-01");
  narrator.say(
    "dev-01 reaches its controller only through a container on its network way-out. It is the canary:",
  );
  await seawall(play, ["apply", "-f", `${repository}/${strategy}`, "--wait"], strategy);
  await seawall(play, ["wait", "hosts", "--for=InSync", "--timeout=60s"]);
  const before = await generations(fleet);
  narrator.say("A change denies everything out of way-out, on all hosts that have such a network:");
  const bad = ["apply", "-f", `${repository}/${badChange}`, "--wait", "--timeout=120s"];
  await seawall(play, bad, badChange, 1);
  await seawall(play, ["rollout", "status"], undefined, 1);
  await seawall(play, ["wait", "hosts", "--for=InSync", "--timeout=60s"]);
  const after = await generations(fleet);
  for (const name of ["shop-01", "shop-02"]) {
    const [was, is] = [before.get(name), after.get(name)];
    narrator.outcome({
      what: `${name} was never given the change: its generation`,
      expected: String(was),
      happened: String(is),
      ok: was === is,
      evidence: "",
    });
  }
  await seawall(play, ["rollout", "undo"]);
  await seawall(play, ["delete", "rolloutstrategy", "default"]);
}

async function theEnd(play: Play, before: ReadonlyMap<string, string>): Promise<void> {
  const { narrator } = play;
  narrator.chapter("Delete the policy: open again, and DOCKER-USER as it was found");
  await seawall(play, ["delete", "policy", "protect-mysql"]);
  await seawall(play, ["wait", "hosts", "--for=InSync", "--timeout=60s"]);
  for (const name of ["shop-01", "shop-02"]) await probeBoth(play, name, "outside", "open");
  // On shop-01 "as found" is what the flush of chapter 3 has left: the empty chain.
  const expected = new Map(before).set("shop-01", flushed(before.get("shop-01") ?? ""));
  for (const [host, rules] of await dockerUser(play)) {
    narrator.outcome({
      what: `DOCKER-USER of ${host}, both families`,
      expected: "as found",
      happened: rules === expected.get(host) ? "as found" : "changed",
      ok: rules === expected.get(host),
      evidence: `expected:\n${expected.get(host) ?? ""}\nfound:\n${rules}`,
    });
  }
}

/** Probes the published port over both families. */
async function probeBoth(
  { fleet, narrator }: Play,
  name: string,
  source: Source,
  expected: "open" | "timeout",
): Promise<void> {
  const host = fleet.lab.host(name);
  const from = fleet.lab.node(client.name);
  const targets = [
    { family: "IPv4", address: host.ipv4, source: client[source].v4 },
    { family: "IPv6", address: host.ipv6, source: client[source].v6 },
  ];
  const verdicts = await Promise.all(
    targets.map((target) =>
      probeTcp(from, { address: target.address, port: mysqlPort }, { source: target.source }),
    ),
  );
  for (const [index, verdict] of verdicts.entries()) {
    const family = targets[index]?.family ?? "";
    narrator.outcome({
      what: `${source} (${targets[index]?.source ?? ""}) → ${name}:${String(mysqlPort)} ${family}`,
      expected: words[expected],
      happened:
        verdict.kind === "open"
          ? `open: ${verdict.banner}`
          : verdict.kind === "timeout"
            ? "dropped"
            : verdict.kind,
      ok: verdict.kind === expected,
      evidence: verdict.evidence,
    });
  }
}

const words = { open: "open", timeout: "dropped" } as const;

/** Runs the CLI as a person would and shows what they would see. */
async function seawall(
  { fleet, narrator }: Play,
  args: readonly string[],
  shownFile?: string,
  code = 0,
): Promise<void> {
  narrator.command([
    "seawall",
    ...args.map((arg) => (shownFile !== undefined && arg.endsWith(shownFile) ? shownFile : arg)),
  ]);
  const result = await fleet.controller.exec(["seawall", ...args], { timeoutMs: 180_000 });
  narrator.say(shown(result));
  if (result.code !== code) {
    narrator.outcome({
      what: `seawall ${args.join(" ")}`,
      expected: `exit ${String(code)}`,
      happened: `exit ${String(result.code)}`,
      ok: false,
      evidence: shown(result),
    });
  }
}

function shown({ stdout, stderr }: ExecResult): string {
  return `${stdout}${stderr}`;
}

/** The generation of every host's newest bundle. */
async function generations(fleet: Fleet): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const { name } of hosts) found.set(name, (await hostStatus(fleet, name)).generation);
  return found;
}

interface HostStatus {
  readonly status: {
    readonly generation: number;
    readonly drifts: readonly { readonly repairedTime: string; readonly times: number }[];
    readonly networks: readonly {
      readonly name: string;
      readonly bridge: string;
      readonly policies: readonly string[];
    }[];
  };
}

async function hostStatus(fleet: Fleet, host: string): Promise<HostStatus["status"]> {
  const document = JSON.parse(
    await fleet.mustSeawall(["get", "host", host, "-o", "json"]),
  ) as HostStatus;
  return document.status;
}

async function drifts(fleet: Fleet, host: string): Promise<number> {
  const { drifts: known } = await hostStatus(fleet, host);
  // The same once more is told with the first.
  return known
    .filter(({ repairedTime }) => repairedTime !== "")
    .reduce((sum, { times }) => sum + times, 0);
}

async function bridgeReported(fleet: Fleet, host: string): Promise<string | undefined> {
  const { networks } = await hostStatus(fleet, host);
  return networks.find(({ name, policies }) => name === network && policies.length > 0)?.bridge;
}

/** The rules of DOCKER-USER in both families, per host. */
async function dockerUser({ fleet }: Play): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { name } of hosts) {
    const host = fleet.lab.host(name);
    const texts = await Promise.all(
      ["iptables", "ip6tables"].map(
        async (program) => (await host.exec([program, "-S", "DOCKER-USER"])).stdout,
      ),
    );
    found.set(name, texts.join(""));
  }
  return found;
}

function flushed(rules: string): string {
  return rules
    .split("\n")
    .filter((line) => !line.startsWith("-A"))
    .join("\n");
}
