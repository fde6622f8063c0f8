import { existsSync } from "node:fs";
import { eventually } from "@seawall/lab";
import {
  agentInSync,
  attachShopGuest,
  createShop,
  type LeakHost,
  reattachShopGuest,
  startWeb,
} from "./leak-host.ts";
import { type Watching, type Way, ways } from "./watch.ts";

/** Something that happens to a host, and opens it for a while if nothing but DOCKER-USER stands in the way. */
export interface Happening {
  readonly name: string;
  /** Happens on hosts that have firewalld, and nothing else does. */
  readonly ofFirewalld?: boolean;
  readonly happen: (site: LeakHost, watching: Watching) => Promise<void>;
  /** What shows the hole where the guards are off. Default: `happen`. */
  readonly unguarded?: (site: LeakHost, watching: Watching) => Promise<void>;
  /** The hole may be as short as a pause of the senders. */
  readonly isBrief?: boolean;
  /** Settings where there is no hole, whatever is off. */
  readonly harmless?: readonly string[];
  /** Ways that still are what they were while it happens. Default all. */
  readonly watched?: readonly Way[];
}

type Happen = Happening["happen"];

/** A hole may be as short as a pause of the senders: again, until one is seen. */
function untilSeen(happen: Happen): Happen {
  return (site, watching) =>
    eventually(
      async () => {
        await happen(site, watching);
        return (await watching.through()) > 0;
      },
      { what: "the hole to be seen", timeoutMs: 120_000 },
    ).then(() => undefined);
}

/** A single one may be over before a packet comes. */
function thrice(happen: Happen): Happen {
  return async (site, watching) => {
    for (let time = 1; time <= 3; time++) await happen(site, watching);
  };
}

function restart(signal: NodeJS.Signals): Pick<Happening, "happen" | "unguarded" | "isBrief"> {
  const happen: Happen = async (site) => {
    await site.host.restartDocker(signal);
    await agentInSync(site);
  };
  return { happen, unguarded: untilSeen(happen), isBrief: true };
}

const networksComeAndGo: Happen = async ({ host }) => {
  for (let round = 1; round <= 5; round++) {
    await host.createNetwork("passing");
    await host.removeNetwork("passing");
  }
};

/** Another bridge, and the same addresses; the guest sends by it from its first moment. */
async function createShopAnew({ host }: LeakHost): Promise<void> {
  await host.removeContainer("web");
  await host.removeNetwork("shop");
  await createShop(host);
  await reattachShopGuest(host);
  await startWeb(host);
}

/** The guest goes with the network namespace, and what had arrived at the container with the host's /run. */
async function boot({ host, web }: LeakHost, beforeDocker: () => Promise<unknown>): Promise<void> {
  await host.reboot();
  await beforeDocker();
  await host.startDocker();
  await attachShopGuest(host);
  // Docker answers before the containers run that it starts again.
  await eventually(() => existsSync(web.arrivals), { what: "the container to count again" });
}

const programs = ["iptables", "ip6tables"] as const;

/** The same command for both families. */
async function rule({ host }: LeakHost, ...words: readonly string[]): Promise<void> {
  for (const iptables of programs) await host.run([iptables, ...words]);
}

/** Where a packet is led to our chains, in the order of table, chain and target. */
type Lead = readonly [table: string, chain: string, target: string];

const leads: readonly Lead[] = [
  ["filter", "FORWARD", "DOCKER-USER"],
  ["filter", "DOCKER-USER", "SEAWALL"],
  ["security", "FORWARD", "SEAWALL"],
  ["filter", "INPUT", "SEAWALL-INPUT"],
  ["security", "INPUT", "SEAWALL-INPUT"],
];

/** Milliseconds from now until these are the first rules of their chains again, for both families. */
async function repaired({ host }: LeakHost, wanted: readonly Lead[]): Promise<number> {
  const since = performance.now();
  for (const iptables of programs) {
    for (const [table, chain, target] of wanted) {
      const first = async (): Promise<string> =>
        (await host.exec([iptables, "-t", table, "-S", chain, "1"])).stdout;
      await eventually(async () => (await first()).includes(`-j ${target}`), {
        what: `${chain} of table ${table} (${iptables}) to lead to ${target} again`,
        timeoutMs: 60_000,
      });
    }
  }
  return Math.round(performance.now() - since);
}

const jumpDeleted: Happen = async (site, { repairTook }) => {
  await rule(site, "-D", "FORWARD", "-j", "DOCKER-USER");
  repairTook(await repaired(site, leads.slice(0, 1)));
};

const dockerUserFlushed: Happen = async (site, { repairTook }) => {
  await rule(site, "-F", "DOCKER-USER");
  repairTook(await repaired(site, leads.slice(0, 2)));
};

/** Docker makes its rules again when it hears of it, and the agent its own. */
function firewalldReloads(wanted: readonly Lead[]): Happen {
  return async (site, { repairTook }) => {
    // From its beginning: when in its course the rules go, it does not say.
    const since = performance.now();
    await site.host.run(["firewall-cmd", "--reload"]);
    await repaired(site, wanted);
    repairTook(Math.round(performance.now() - since));
  };
}

export const happenings: readonly Happening[] = [
  { name: "Docker is stopped and started", ...restart("SIGTERM") },
  { name: "Docker is killed and started", ...restart("SIGKILL") },
  {
    name: "networks come and go",
    happen: networksComeAndGo,
    unguarded: untilSeen(networksComeAndGo),
    isBrief: true,
    harmless: ["28.5", "28.5 with live-restore"],
  },
  {
    name: "the jump to DOCKER-USER is deleted",
    happen: thrice(jumpDeleted),
    unguarded: untilSeen(jumpDeleted),
  },
  {
    name: "DOCKER-USER is flushed",
    happen: thrice(dockerUserFlushed),
    unguarded: untilSeen(dockerUserFlushed),
  },
  {
    name: "its network is created anew",
    happen: async (site) => {
      await createShopAnew(site);
      await agentInSync(site);
    },
    // The agent is quick to close the new network: without it the hole is there to be seen.
    unguarded: async (site, { throughAll }) => {
      const { fleet, host } = site;
      await fleet.stopAgent(host.name);
      await createShopAnew(site);
      await throughAll();
      await fleet.startAgent(host.name);
      await agentInSync(site);
    },
  },
  {
    name: "the host boots",
    happen: async (site) => {
      const { fleet, host } = site;
      await boot(site, () => host.run(["seawall", "agent", "restore"]));
      await fleet.startAgent(host.name);
      await agentInSync(site);
    },
    // Nothing is restored before Docker starts, and the agent comes late.
    unguarded: async (site, { throughAll }) => {
      const { fleet, host } = site;
      await boot(site, () => Promise.resolve());
      await throughAll();
      await fleet.startAgent(host.name);
      await agentInSync(site);
    },
    watched: ways.filter((way) => !way.endsWith("outwards")),
  },
  {
    name: "firewalld reloads",
    ofFirewalld: true,
    happen: firewalldReloads(leads),
    unguarded: untilSeen(firewalldReloads(leads.slice(0, 2))),
    isBrief: true,
  },
];

/** Guards included, and Docker's own rules, which the agent leaves to Docker. */
export async function flushAllTables(site: LeakHost, { repairTook }: Watching): Promise<void> {
  await site.host.run(["nft", "flush", "ruleset"]);
  repairTook(await repaired(site, leads));
}
