import { whyUnfit } from "@seawall/lab";
import { type Family, type Packet, parseAddress, type ResolvedState } from "@seawall/policy";
import { afterAll, beforeAll, expect, test } from "vitest";
import { appHost, containerPlaces, exampleState, examples, placeOn } from "./catalogue.ts";
import type { Place } from "./drawn-addresses.ts";
import { denialsOf } from "./kernel-differences.ts";
import { enforcers } from "./kernel-enforcers.ts";
import { type KernelRouter, startKernelRouter } from "./kernel-router.ts";

/**
 * What becomes of connections on the sample host, over either family: `tcp/80` goes to that port of a container,
 * `tcp/8080:80` to a published one. `open` is an answer, `timeout` silence, `refused` an error at once.
 */
const connections: Readonly<Record<string, readonly string[]>> = {
  "admin-from-office": [
    "admin > web tcp/8443:443 open",
    "office > web tcp/8443:443 refused",
    "stranger > web tcp/8443:443 refused",
    "stranger > web tcp/8080:80 open",
    "stranger > web tcp/443 open",
  ],
  "audit-first": ["stranger > web tcp/8080:80 open", "monitoring > web tcp/8080:80 open"],
  "containers-off-the-host": [
    "job > host tcp/80 refused",
    "job > appHost tcp/22 refused",
    "job > postgres tcp/5432 refused",
    "job > stranger tcp/22 open",
    "web > host tcp/80 open",
  ],
  "database-for-app-hosts": [
    "appHost > orders tcp/5433:5432 open",
    "appHost > orders tcp/22 timeout",
    "stranger > orders tcp/5433:5432 timeout",
    "stranger > web tcp/8080:80 open",
  ],
  "database-for-one-app": [
    "api > postgres tcp/5432 open",
    "api > postgres tcp/22 timeout",
    "mysql > postgres tcp/5432 timeout",
    "nobody > postgres tcp/5432 timeout",
    "stranger > postgres tcp/5432:5432 timeout",
    "stranger > mysql tcp/3306:3306 open",
    "postgres > api tcp/80 open",
  ],
  "default-deny": [
    "stranger > web tcp/80:80 open",
    "stranger > web udp/443:443 open",
    "stranger > web tcp/8080:80 timeout",
    "stranger > postgres tcp/5432:5432 timeout",
    "stranger > postgres icmp open",
  ],
  "egress-allow-list": [
    "api > resolver udp/53 open",
    "api > resolver tcp/53 open",
    "api > resolver tcp/443 refused",
    "api > mirror tcp/443 open",
    "api > oldMirror tcp/443 refused",
    "api > payments tcp/8449 open",
    "api > payments tcp/8450 refused",
    "api > stranger udp/53 refused",
    "web > stranger tcp/443 open",
  ],
  "guardrail-over-teams": [
    "builder > registry tcp/5000:5000 open",
    "office > registry tcp/5000:5000 timeout",
    "stranger > registry tcp/5000:5000 timeout",
    "office > web tcp/8080:80 open",
    "stranger > web tcp/8080:80 timeout",
  ],
  "protect-mysql": [
    "office > mysql tcp/3306:3306 open",
    "office > postgres tcp/5432:5432 timeout",
    "stranger > mysql tcp/3306:3306 timeout",
    "stranger > web tcp/8080:80 open",
  ],
  "published-or-container-port": [
    "stranger > web tcp/8080:80 open",
    "stranger > web tcp/80 timeout",
    "stranger > web tcp/80:80 timeout",
    "stranger > web tcp/443 open",
  ],
  "routed-lan": [
    "office > laboratory tcp/22 open",
    "office > laboratory tcp/80 timeout",
    "laboratory > office tcp/80 open",
    "stranger > web tcp/8080:80 open",
  ],
};

/** What is counted and not denied, over each family. */
const wouldBeDenied: Readonly<Record<string, readonly string[]>> = {
  "audit-first": ["audit-first/default ingress web_front"],
};

const outside = {
  office: { IPv4: "198.51.100.10", IPv6: "2001:db8:7::10" },
  admin: { IPv4: "198.51.100.20", IPv6: "2001:db8:7:1::20" },
  builder: { IPv4: "198.51.100.70", IPv6: "2001:db8:7:64::70" },
  monitoring: { IPv4: "192.0.2.241", IPv6: "2001:db8:240::241" },
  resolver: { IPv4: "192.0.2.53", IPv6: "2001:db8:53::53" },
  mirror: { IPv4: "203.0.113.5", IPv6: "2001:db8:a11::5" },
  oldMirror: { IPv4: "203.0.113.33", IPv6: "2001:db8:a12::33" },
  payments: { IPv4: "192.0.2.130", IPv6: "2001:db8:6a9::130" },
  stranger: { IPv4: "203.0.113.200", IPv6: "2001:db8:bad::200" },
  appHost,
} as const;

const places = new Map<string, Place>([
  ...containerPlaces,
  // On the network of the shop, and not known.
  ["nobody", placeOn(0, 9)],
  ["laboratory", { interface: "eth1", addresses: { IPv4: "10.90.0.2", IPv6: "2001:db8:90::2" } }],
  ...Object.entries(outside).map(
    ([name, addresses]) => [name, { interface: "eth2", addresses }] as const,
  ),
]);

/** One of its own addresses. */
const host = { IPv4: "172.16.0.1", IPv6: "fd16::ffff" } as const;

const families = ["IPv4", "IPv6"] as const satisfies readonly Family[];
const unfit = whyUnfit();
let router: KernelRouter;

beforeAll(async () => {
  if (unfit !== undefined) return;
  router = await startKernelRouter([...places.values()]);
}, 240_000);

afterAll(async () => {
  if (unfit === undefined) await router.stop();
}, 60_000);

test.skipIf(unfit !== undefined).for(examples)("packets of %s", async (example) => {
  const listed = connections[example] ?? [];
  expect(listed, "connections that show what it does").not.toEqual([]);
  const state = exampleState(example);
  const wanted = [...listed, ...listed];
  let { met, counts } = await tried(state, listed);
  for (let more = 2; more > 0 && isLate(met, wanted); more -= 1) {
    process.stdout.write(
      `${example} sent again, to see whether this stays so: ${met.join("; ")}\n`,
    );
    ({ met, counts } = await tried(state, listed));
  }
  expect(met).toEqual(wanted);
  const denials = wouldBeDenied[example] ?? [];
  expect(counts).toEqual([...denials, ...denials].map((name) => [name, 1]));
});

/** What becomes of these connections, over IPv4 and then over IPv6. */
async function tried(state: ResolvedState, listed: readonly string[]) {
  const enforced = { state, ipset: "available" } as const;
  const { install, counted } = enforcers.iptables;
  const packets = families.flatMap((family) => listed.map((text) => packetOf(text, family)));
  await router.publish(packets);
  await install(router, enforced);
  const kinds = await Promise.all(
    packets.map(async (packet, slot) => (await router.send(packet, slot)).kind),
  );
  const met = [...listed, ...listed].map((text, index) => text.replace(/\w+$/, kinds[index] ?? ""));
  return { met, counts: denialsOf(state, (await counted?.(router, enforced)) ?? []) };
}

/** Silence where an answer was due, and nothing else: on a busy machine it may come later. Rules that are wrong are so every time. */
function isLate(met: readonly string[], wanted: readonly string[]): boolean {
  const wrong = met.filter((text, index) => text !== wanted[index]);
  return wrong.length > 0 && wrong.every((text) => text.endsWith(" timeout"));
}

const notation =
  /^(?<from>\w+) > (?<to>\w+) (?<protocol>tcp|udp|icmp)(?:\/(?:(?<published>\d+):)?(?<port>\d+))? \w+$/;
const protocols = { tcp: "TCP", udp: "UDP", icmp: "ICMP" } as const;

function packetOf(text: string, family: Family): Packet {
  const { from, to, protocol, published, port } = notation.exec(text)?.groups ?? {};
  const source = places.get(from ?? "");
  const destination = to === "host" ? { addresses: host } : places.get(to ?? "");
  if (source === undefined || destination === undefined) throw new Error(`not understood: ${text}`);
  return {
    protocol: protocols[protocol as keyof typeof protocols],
    source: addressOf(source, family),
    destination: addressOf(destination, family),
    ...(port === undefined ? {} : { destinationPort: Number(port) }),
    ...(published === undefined ? {} : { publishedPort: Number(published) }),
    in: source.interface,
    ...("interface" in destination ? { out: destination.interface } : {}),
  };
}

function addressOf({ addresses }: Pick<Place, "addresses">, family: Family) {
  const parsed = parseAddress(addresses[family]);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}
