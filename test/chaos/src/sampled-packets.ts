import { type Fleet, probeTcp } from "@seawall/lab";
import {
  type Address,
  compile,
  factsOfHost,
  type HostDocument,
  type Packet,
  parseAddress,
  type ResolvedState,
  type Resource,
  resolve,
  simulate,
} from "@seawall/policy";
import { appAddresses, type ChaosSite, containerOf, webAddresses } from "./chaos-fleet.ts";
import { senders } from "./policy-change.ts";

type Family = "v4" | "v6";
type Verdict = Awaited<ReturnType<typeof probeTcp>>;

/** A connection that is tried, and what policies are asked about it. */
interface Sample {
  readonly name: string;
  readonly packet: Packet;
  readonly send: () => Promise<Verdict>;
}

/** What a client meets. Docker lets all of these through. */
const answers = { Allow: "open", Deny: "timeout", Reject: "refused" } as const;

/** Wherever the kernel of this host does otherwise than simulate says of what it is to enforce, in words. */
export async function packetProblems(
  fleet: Fleet,
  site: ChaosSite,
  resources: readonly Resource[],
  document: HostDocument,
): Promise<readonly string[]> {
  const state = stateOf(resources, document);
  const samples = await samplesOf(fleet, site);
  const problems = await Promise.all(
    samples.map(async ({ name, packet, send }) => {
      const { action } = simulate(state, packet);
      const met = await send();
      if (met.kind === answers[action]) return [];
      return [
        `${site.host.name}: ${name}: simulate says ${action}, the kernel ${met.kind}: ${met.evidence}`,
      ];
    }),
  );
  return problems.flat();
}

function stateOf(resources: readonly Resource[], document: HostDocument): ResolvedState {
  const facts = factsOfHost(document);
  return resolve(compile(resources, [], facts), facts.view);
}

async function samplesOf(fleet: Fleet, site: ChaosSite): Promise<readonly Sample[]> {
  const [shop, side] = await Promise.all([site.host.bridgeOf("shop"), site.host.bridgeOf("side")]);
  const families: readonly Family[] = ["v4", "v6"];
  return families.flatMap((family) => [
    ...inwards(fleet, site, family, { shop, side }),
    ...outwards(fleet, site, family, { shop, side }),
  ]);
}

interface Bridges {
  readonly shop: string;
  readonly side: string;
}

/** From everybody outside to every published port. */
function inwards(
  { lab }: Fleet,
  site: ChaosSite,
  family: Family,
  { shop, side }: Bridges,
): readonly Sample[] {
  const client = lab.node("client");
  const stranger = { v4: client.ipv4, v6: client.ipv6 };
  const web = webAddresses(site)[family];
  const ports = [
    { published: 8080, port: 80, to: web, out: shop },
    { published: 8081, port: 81, to: web, out: shop },
    { published: 9090, port: 80, to: appAddresses(site)[family], out: side },
  ];
  const address = family === "v4" ? site.host.ipv4 : site.host.ipv6;
  return Object.entries({ ...senders, stranger }).flatMap(([name, addresses]) =>
    ports.map(({ published, port, to, out }): Sample => {
      const source = addresses[family];
      return {
        name: `${name} to ${String(published)} over ${family}`,
        packet: {
          ...{ protocol: "TCP", source: addressOf(source), destination: addressOf(to) },
          ...{ destinationPort: port, publishedPort: published, in: "eth0", out },
        },
        send: () => probeTcp(client, { address, port: published }, { source, timeoutMs }),
      };
    }),
  );
}

/** From the containers to the client. */
function outwards(
  { lab }: Fleet,
  site: ChaosSite,
  family: Family,
  { shop, side }: Bridges,
): readonly Sample[] {
  const client = lab.node("client");
  const address = family === "v4" ? client.ipv4 : client.ipv6;
  const containers = [
    { name: "web", source: webAddresses(site)[family], bridge: shop },
    { name: "app", source: appAddresses(site)[family], bridge: side },
  ] as const;
  return containers.flatMap(({ name, source, bridge }) =>
    [7000, 7001].map(
      (port): Sample => ({
        name: `${name} to ${String(port)} outside over ${family}`,
        packet: {
          ...{ protocol: "TCP", source: addressOf(source), destination: addressOf(address) },
          ...{ destinationPort: port, in: bridge, out: "eth0" },
        },
        send: () => probeTcp(containerOf(site.host, name), { address, port }, { timeoutMs }),
      }),
    ),
  );
}

/** A busy machine is not silence. */
const timeoutMs = 2000;

function addressOf(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}
