import { isIP } from "node:net";
import type { DockerContainer, DockerNetwork, Family, PublishedPort } from "@seawall/policy";
import { isPlainInterfaceName } from "@seawall/policy";
import { z } from "zod";

// Docker sends null for what is empty.
export const networkAnswer = z.object({
  Id: z.string(),
  Name: z.string(),
  Driver: z.string(),
  Scope: z.string(),
  Internal: z.boolean().default(false),
  Labels: z.record(z.string(), z.string()).nullish(),
  Options: z.record(z.string(), z.string()).nullish(),
  IPAM: z
    .object({ Config: z.array(z.object({ Subnet: z.string().optional() })).nullish() })
    .nullish(),
});

export const infoAnswer = z.object({
  ServerVersion: z.string(),
  FirewallBackend: z.object({ Driver: z.string() }).nullish(),
  Swarm: z.object({ LocalNodeState: z.string() }).nullish(),
});

const port = z.int().min(0).max(65_535);

const portAnswer = z.object({
  IP: z.string().optional(),
  PrivatePort: port,
  PublicPort: port.optional(),
  Type: z.enum(["tcp", "udp", "sctp"]),
});

const endpointAnswer = z.object({
  NetworkID: z.string(),
  IPAddress: z.string().nullish(),
  GlobalIPv6Address: z.string().nullish(),
});

export const containerAnswer = z.object({
  Id: z.string(),
  Names: z.array(z.string()).nullish(),
  State: z.string(),
  Labels: z.record(z.string(), z.string()).nullish(),
  Ports: z.array(portAnswer).nullish(),
  HostConfig: z.object({ NetworkMode: z.string().default("") }).nullish(),
  NetworkSettings: z
    .object({ Networks: z.record(z.string(), endpointAnswer.nullable()).nullish() })
    .nullish(),
});

export type NetworkAnswer = z.infer<typeof networkAnswer>;
export type ContainerAnswer = z.infer<typeof containerAnswer>;

/** @param isBridge whether a link of this name is there and is a bridge. */
export function readNetworks(
  answers: readonly NetworkAnswer[],
  isBridge: (name: string) => boolean,
): {
  readonly networks: readonly DockerNetwork[];
  /** Networks whose bridge cannot be filtered, by name, and why. They have no `bridge`. */
  readonly unusable: ReadonlyMap<string, string>;
} {
  const unusable = new Map<string, string>();
  const networks = answers
    .map((answer): DockerNetwork => {
      const named = bridgeName(answer);
      const plain = named !== undefined && isPlainInterfaceName(named);
      if (named !== undefined && !plain) {
        unusable.set(
          answer.Name,
          `its bridge is named ${JSON.stringify(named)}, and iptables cannot name that interface safely`,
        );
      }
      const routed = routedFamilies(answer);
      return {
        id: answer.Id,
        name: answer.Name,
        driver: answer.Driver,
        ...(plain && isBridge(named) ? { bridge: named } : {}),
        subnets: (answer.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
        labels: answer.Labels ?? {},
        internal: answer.Internal,
        ...(answer.Options?.["com.docker.network.bridge.enable_icc"] === "false"
          ? { icc: false as const }
          : {}),
        ...(routed.length === 0 ? {} : { routed }),
      };
    })
    .sort(byNameAndId);
  return { networks, unusable };
}

/** What Docker calls the bridge of a network; no field of the API says it outright. */
function bridgeName({ Id, Driver, Scope, Options }: NetworkAnswer): string | undefined {
  if (Driver !== "bridge" || Scope !== "local") return undefined;
  return Options?.["com.docker.network.bridge.name"] ?? `br-${Id.slice(0, 12)}`;
}

function routedFamilies({ Options }: NetworkAnswer): readonly Family[] {
  const modes = { IPv4: "gateway_mode_ipv4", IPv6: "gateway_mode_ipv6" } as const;
  return (["IPv4", "IPv6"] as const).filter(
    (family) => Options?.[`com.docker.network.bridge.${modes[family]}`] === "routed",
  );
}

/** Containers in the network namespace of another have its attachments: whatever is said of one of them is said of the same addresses. */
export function readContainers(answers: readonly ContainerAnswer[]): readonly DockerContainer[] {
  const byId = new Map(answers.map((answer) => [answer.Id, answer]));
  return answers
    .map((answer): DockerContainer => {
      const owner = namespaceOwner(answer, byId);
      return {
        id: answer.Id,
        name: nameOf(answer),
        labels: answer.Labels ?? {},
        hostNetwork: owner?.HostConfig?.NetworkMode === "host",
        attachments: owner === undefined ? [] : attachmentsOf(owner),
        published: publishedOf(answer),
      };
    })
    .sort(byNameAndId);
}

const OTHERS_NAMESPACE = "container:";

/** undefined: it is not running, so nobody can tell what the namespace has. */
function namespaceOwner(
  answer: ContainerAnswer,
  byId: ReadonlyMap<string, ContainerAnswer>,
): ContainerAnswer | undefined {
  let owner: ContainerAnswer | undefined = answer;
  // No chain is longer than there are containers, unless it is a ring.
  for (let left = byId.size; left >= 0 && owner !== undefined; left--) {
    const mode: string = owner.HostConfig?.NetworkMode ?? "";
    if (!mode.startsWith(OTHERS_NAMESPACE)) return owner;
    owner = byId.get(mode.slice(OTHERS_NAMESPACE.length));
  }
  return undefined;
}

/** An alias that a legacy link gave has the other container's name in front. */
export function nameOf({ Id, Names }: ContainerAnswer): string {
  const own = (Names ?? []).find((name) => !name.slice(1).includes("/"));
  return own === undefined ? Id.slice(0, 12) : own.replace(/^\//, "");
}

function attachmentsOf({ NetworkSettings }: ContainerAnswer): DockerContainer["attachments"] {
  return Object.values(NetworkSettings?.Networks ?? {})
    .flatMap((endpoint) => {
      if (endpoint === null || endpoint.NetworkID === "") return [];
      const { NetworkID, IPAddress, GlobalIPv6Address } = endpoint;
      const addresses = [IPAddress, GlobalIPv6Address].flatMap((address) => address ?? []);
      return [{ networkId: NetworkID, addresses: addresses.filter((text) => isIP(text) !== 0) }];
    })
    .sort((a, b) => compareText(a.networkId, b.networkId));
}

const protocols = { tcp: "TCP", udp: "UDP", sctp: "SCTP" } as const;

function publishedOf({ Ports }: ContainerAnswer): readonly PublishedPort[] {
  return (Ports ?? [])
    .flatMap(({ IP, PrivatePort, PublicPort, Type }) =>
      // Without these two, a port is only exposed.
      IP === undefined || IP === "" || PublicPort === undefined
        ? []
        : [
            {
              protocol: protocols[Type],
              hostAddress: IP,
              hostPort: PublicPort,
              containerPort: PrivatePort,
            },
          ],
    )
    .sort((a, b) => compareText(JSON.stringify(a), JSON.stringify(b)));
}

interface Named {
  readonly name: string;
  readonly id: string;
}

function byNameAndId(a: Named, b: Named): number {
  return compareText(a.name, b.name) || compareText(a.id, b.id);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
