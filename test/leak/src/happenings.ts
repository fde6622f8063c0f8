import { eventually } from "@seawall/lab";
import {
  agentInSync,
  attachShopGuest,
  createShop,
  type LeakHost,
  reattachShopGuest,
  startWeb,
} from "./leak-host.ts";
import type { Setting } from "./settings.ts";
import { type ThroughAll, type Way, ways } from "./watch.ts";

/** Something that happens to a host, and opens it for a while if nothing but filter stands in the way. */
export interface Happening {
  readonly name: string;
  readonly happen: (site: LeakHost) => Promise<void>;
  /** The same with the agent stopped: whatever nobody else repairs is put back when all ways have been open. */
  readonly unguarded: (site: LeakHost, throughAll: ThroughAll) => Promise<void>;
  /**
   * Where it is tried, and which ways are open there for a while when there is no guard: those that are
   * for long enough to be seen for certain. None where Docker leaves no hole.
   */
  readonly opens: Readonly<Partial<Record<Setting, readonly Way[]>>>;
  /** Ways that still are what they were while it happens. Default all. */
  readonly watched?: readonly Way[];
}

const udp = ways.filter((way) => way.startsWith("udp"));
const inwards = ways.filter((way) => !way.endsWith("outwards"));
const outwards = ways.filter((way) => way.endsWith("outwards"));
/** Docker 20.10 knows no DOCKER-USER for IPv6, and so leaves the agent's own alone. */
const only4 = (some: readonly Way[]): readonly Way[] => some.filter((way) => way.includes("v4"));

const everywhere: Happening["opens"] = { "20.10": ways, "26.1": ways, "28.5": ways };
/** Containers are down just then: only who is no container has something to send or to answer. */
const atRestart: Happening["opens"] = {
  "20.10": only4(outwards),
  "26.1": outwards,
  "28.5": outwards,
  "28.5 with live-restore": udp,
};

function restart(signal: NodeJS.Signals): Pick<Happening, "happen" | "unguarded"> {
  return {
    happen: async (site) => {
      await site.host.restartDocker(signal);
      await agentInSync(site);
    },
    unguarded: ({ host }) => host.restartDocker(signal),
  };
}

/** Another bridge, and the same addresses; the guest sends by it from its first moment. */
async function createShopAnew(site: LeakHost): Promise<void> {
  await site.host.removeContainer("web");
  await site.host.removeNetwork("shop");
  await createShop(site);
  await reattachShopGuest(site);
  await startWeb(site);
}

/** The guest goes with the network namespace. */
async function boot(site: LeakHost, beforeDocker: () => Promise<void>): Promise<void> {
  await site.host.reboot();
  await beforeDocker();
  await site.host.startDocker();
  await attachShopGuest(site);
}

async function networksComeAndGo({ host }: LeakHost): Promise<void> {
  for (let round = 1; round <= 5; round++) {
    await host.createNetwork("passing");
    await host.removeNetwork("passing");
  }
}

const programs = ["iptables", "ip6tables"] as const;

/** Changes a rule for both families. */
async function rule({ host }: LeakHost, ...words: readonly string[]): Promise<void> {
  for (const iptables of programs) await host.run([iptables, ...words]);
}

/** Empties DOCKER-USER for both families; what is returned fills it again as it was. */
async function flushDockerUser({ host }: LeakHost): Promise<() => Promise<void>> {
  const saved = await Promise.all(
    programs.map(async (iptables) => {
      const lines = (await host.run([iptables, "-S", "DOCKER-USER"])).split("\n");
      await host.run([iptables, "-F", "DOCKER-USER"]);
      return { iptables, rules: lines.filter((line) => line.startsWith("-A")) };
    }),
  );
  return async () => {
    for (const { iptables, rules } of saved) {
      const input = ["*filter", ...rules, "COMMIT", ""].join("\n");
      await host.run([`${iptables}-restore`, "--noflush"], { input });
    }
  };
}

async function repaired(site: LeakHost, chain: string, target: string): Promise<void> {
  for (const iptables of programs) {
    await eventually(
      async () => (await site.host.run([iptables, "-S", chain, "1"])).includes(`-j ${target}`),
      { what: `${chain} to lead to ${target} again`, timeoutMs: 20_000 },
    );
  }
}

export const happenings: readonly Happening[] = [
  { name: "Docker is stopped and started", ...restart("SIGTERM"), opens: atRestart },
  { name: "Docker is killed and started", ...restart("SIGKILL"), opens: atRestart },
  {
    name: "networks come and go",
    happen: networksComeAndGo,
    unguarded: networksComeAndGo,
    opens: { "20.10": only4(udp), "26.1": udp, "28.5": [] },
  },
  {
    name: "the jump to DOCKER-USER is deleted",
    happen: async (site) => {
      await rule(site, "-D", "FORWARD", "-j", "DOCKER-USER");
      await repaired(site, "FORWARD", "DOCKER-USER");
    },
    unguarded: async (site, throughAll) => {
      await rule(site, "-D", "FORWARD", "-j", "DOCKER-USER");
      await throughAll();
      await rule(site, "-I", "FORWARD", "-j", "DOCKER-USER");
    },
    opens: everywhere,
  },
  {
    name: "DOCKER-USER is flushed",
    happen: async (site) => {
      await flushDockerUser(site);
      await repaired(site, "DOCKER-USER", "SEAWALL");
    },
    unguarded: async (site, throughAll) => {
      const fillAgain = await flushDockerUser(site);
      await throughAll();
      await fillAgain();
    },
    opens: everywhere,
  },
  {
    name: "its network is created anew",
    happen: async (site) => {
      await createShopAnew(site);
      await agentInSync(site);
    },
    unguarded: async (site, throughAll) => {
      await createShopAnew(site);
      await throughAll();
    },
    opens: everywhere,
  },
  {
    name: "the host boots",
    happen: async (site) => {
      const { fleet, host } = site;
      await boot(site, async () => {
        await host.run(["seawall", "agent", "restore"]);
      });
      await fleet.startAgent(host.name);
      await agentInSync(site);
    },
    unguarded: async (site, throughAll) => {
      await boot(site, () => Promise.resolve());
      await throughAll();
    },
    watched: inwards,
    opens: { "20.10": inwards, "26.1": inwards, "28.5": inwards },
  },
];
