import type { HostView } from "@seawall/policy";
import { z } from "zod";

const labels = z.record(z.string(), z.string());
const families = z.strictObject({ IPv4: z.boolean(), IPv6: z.boolean() });
const port = z.int().min(0).max(65_535);
const protocol = z.enum(["TCP", "UDP", "SCTP"]);

export const hostPortsSchema = z.array(
  z.strictObject({ protocol: z.enum(["TCP", "UDP"]), port: port.min(1) }),
);

export const awaitedPortsSchema = z.array(
  z.strictObject({
    protocol: z.enum(["TCP", "UDP"]),
    range: z.strictObject({ first: port.min(1), last: port.min(1) }),
    container: z.string(),
    networkIds: z.array(z.string()),
  }),
);

export const dockerNetworkSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  driver: z.string(),
  bridge: z.string().exactOptional(),
  subnets: z.array(z.string()),
  labels,
  internal: z.boolean(),
  icc: z.literal(false).exactOptional(),
  routed: z.array(z.enum(["IPv4", "IPv6"])).exactOptional(),
});

const container = z.strictObject({
  id: z.string(),
  name: z.string(),
  labels,
  hostNetwork: z.boolean(),
  attachments: z.array(z.strictObject({ networkId: z.string(), addresses: z.array(z.string()) })),
  published: z.array(
    z.strictObject({ protocol, hostAddress: z.string(), hostPort: port, containerPort: port }),
  ),
});

const engine = z.strictObject({
  version: z.string(),
  swarm: z.boolean(),
  firewall: z.enum(["iptables", "nftables"]),
  dockerRules: families,
  bridgeNf: families,
  proxies: z.array(
    z.strictObject({
      ...{ protocol, hostAddress: z.string(), hostPort: port },
      ...{ containerAddress: z.string(), containerPort: port },
    }),
  ),
});

/** A host as this agent keeps it on its own disk. */
export const hostViewSchema = z.strictObject({
  networks: z.array(dockerNetworkSchema),
  containers: z.array(container),
  interfaces: z.array(z.string()),
  addresses: z.array(z.string()),
  ownPorts: hostPortsSchema.exactOptional(),
  awaitedPorts: awaitedPortsSchema.exactOptional(),
  engine,
  management: z.array(z.strictObject({ address: z.string(), port, container: z.string() })),
}) satisfies z.ZodType<HostView>;
