import { z } from "zod";
import { type Address, formatAddress, parseCidr, singleAddress } from "./cidr.ts";
import type { Family } from "./desired-state.ts";
import { formatPath } from "./field-path.ts";
import { type ChosenHostOptions, chosenHostOptions } from "./host-options.ts";
import {
  type AwaitedPorts,
  type DockerContainer,
  type DockerNetwork,
  type EngineFacts,
  type HostView,
  unknownEngine,
} from "./host-view.ts";
import type { Labels } from "./label-selector.ts";
import { quoted } from "./quoted.ts";

/** What is known of a host where policies are judged without it. */
export interface HostFacts {
  readonly name: string;
  readonly labels: Labels;
  readonly mode: "Enforce" | "Audit";
  /** Absent: none is chosen. */
  readonly options?: ChosenHostOptions;
  /** Approved addresses, as CIDRs. */
  readonly addresses: readonly string[];
  /** As its agent reported it last; empty when it never did. */
  readonly view: HostView;
}

const labels = z.record(z.string(), z.string());

const families = z.array(z.enum(["IPv4", "IPv6"]));

const networkFacts = z.looseObject({
  name: z.string(),
  id: z.string().optional(),
  driver: z.string().optional(),
  /** Absent: it has one. Empty: it has none. */
  bridge: z.string().optional(),
  subnets: z.array(z.string()).optional(),
  internal: z.boolean().optional(),
  icc: z.boolean().optional(),
  routed: families.optional(),
  labels: labels.optional(),
});

const transport = z.enum(["TCP", "UDP", "SCTP"]);
const port = z.int().min(0).max(65_535);

const containerFacts = z.looseObject({
  name: z.string(),
  id: z.string().optional(),
  labels: labels.optional(),
  hostNetwork: z.boolean().optional(),
  /** By network id, or by name in a file written by hand. */
  attachments: z
    .array(z.looseObject({ network: z.string(), addresses: z.array(z.string()).optional() }))
    .optional(),
  published: z
    .array(
      z.looseObject({
        protocol: transport.optional(),
        hostAddress: z.string().optional(),
        hostPort: port,
        containerPort: port,
      }),
    )
    .optional(),
});

const engineFacts = z.looseObject({
  version: z.string().optional(),
  swarm: z.boolean().optional(),
  firewall: z.enum(["iptables", "nftables"]).optional(),
  dockerRules: families.optional(),
  bridgeNf: families.optional(),
  proxies: z
    .array(
      z.looseObject({
        protocol: transport,
        hostAddress: z.string(),
        hostPort: port,
        containerAddress: z.string(),
        containerPort: port,
      }),
    )
    .optional(),
});

const awaitedFacts = z.looseObject({
  protocol: z.enum(["TCP", "UDP"]),
  first: port,
  last: port,
  container: z.string(),
  networks: z.array(z.string()),
});

const managementFacts = z.looseObject({ address: z.string(), port, container: z.string() });

/** The part of a Host document that a policy is judged by. */
const hostFacts = z.looseObject({
  kind: z.literal("Host").optional(),
  metadata: z.looseObject({ name: z.string(), labels: labels.optional() }),
  spec: z
    .looseObject({
      mode: z.enum(["Enforce", "Audit"]).optional(),
      options: chosenHostOptions.optional(),
      addresses: z.array(z.string()).optional(),
    })
    .optional(),
  status: z
    .looseObject({
      networks: z.array(networkFacts).optional(),
      containers: z.array(containerFacts).optional(),
      interfaces: z.array(z.string()).optional(),
      addresses: z.array(z.string()).optional(),
      engine: engineFacts.optional(),
      management: z.array(managementFacts).optional(),
      ownPorts: z.array(z.looseObject({ protocol: z.enum(["TCP", "UDP"]), port })).optional(),
      awaitedPorts: z.array(awaitedFacts).optional(),
    })
    .optional(),
});

const factsFile = z.looseObject({
  kind: z.literal("HostList").optional(),
  items: z.array(hostFacts),
});

export type FactsParsed =
  | { readonly ok: true; readonly hosts: readonly HostFacts[] }
  | { readonly ok: false; readonly message: string };

/**
 * Reads what `seawall get hosts -o json` prints, of one host or of many. A file
 * written by hand needs names only: `{"items": [{"metadata": {"name": "db-1"},
 * "status": {"networks": [{"name": "shop_backend"}]}}]}`.
 */
export function parseFacts(text: string): FactsParsed {
  const json = readJson(text);
  if (!json.ok) {
    return json;
  }
  const { value } = json;
  const isOne = typeof value === "object" && value !== null && "metadata" in value;
  const parsed = factsFile.safeParse(isOne ? { items: [value] } : value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = (issue?.path ?? []).filter((segment) => typeof segment !== "symbol");
    return {
      ok: false,
      message: `${formatPath(path) || "it"}: ${issue?.message ?? ""}: write it with \`seawall get hosts -o json\``,
    };
  }
  const hosts = parsed.data.items.map(factsOfHost);
  const seen = new Set<string>();
  const repeated = hosts.find(({ name }) => seen.size === seen.add(name).size);
  return repeated === undefined
    ? { ok: true, hosts }
    : { ok: false, message: `host ${quoted(repeated.name)} is there twice: remove one` };
}

/** Takes a Host document too. */
export function factsOfHost({ metadata, spec, status }: z.infer<typeof hostFacts>): HostFacts {
  const networks = (status?.networks ?? []).map(networkOf);
  const approved = spec?.addresses ?? [];
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    mode: spec?.mode ?? "Enforce",
    options: spec?.options ?? {},
    addresses: approved,
    view: {
      networks,
      containers: (status?.containers ?? []).map((container) => containerOf(container, networks)),
      interfaces: status?.interfaces ?? [],
      addresses: hostAddresses(status?.addresses, approved, networks),
      engine: engineOf(status?.engine),
      management: status?.management ?? [],
      ...(status?.ownPorts && { ownPorts: status.ownPorts }),
      ...(status?.awaitedPorts && {
        awaitedPorts: status.awaitedPorts.map((awaited) => awaitedOf(awaited, networks)),
      }),
    },
  };
}

/** Where the host has not reported them: those that are approved, and the first of each subnet, which Docker gives the bridge. */
function hostAddresses(
  reported: readonly string[] = [],
  approved: readonly string[],
  networks: readonly DockerNetwork[],
): readonly string[] {
  if (reported.length > 0) return reported;
  return [
    ...approved.flatMap((text) => singleAddress(text) ?? []),
    ...networks
      .filter(({ bridge }) => bridge !== undefined)
      .flatMap(({ subnets }) => subnets.flatMap(firstAddress)),
  ].map(formatAddress);
}

/** Of a subnet; none where the text is not one. */
function firstAddress(subnet: string): readonly Address[] {
  const parsed = parseCidr(subnet);
  if (!parsed.ok) return [];
  const { family, network } = parsed.cidr;
  return [{ family, value: network + 1n }];
}

function networkOf(facts: z.infer<typeof networkFacts>, index: number): DockerNetwork {
  const { name, driver = "bridge", bridge = `network ${String(index)}` } = facts;
  return {
    id: facts.id ?? `${String(index)} ${name}`,
    name,
    driver,
    ...(bridge === "" || driver !== "bridge" ? {} : { bridge }),
    subnets: facts.subnets ?? [],
    labels: facts.labels ?? {},
    internal: facts.internal ?? false,
    ...(facts.icc === false ? { icc: false } : {}),
    ...(facts.routed === undefined || facts.routed.length === 0 ? {} : { routed: facts.routed }),
  };
}

function awaitedOf(
  { protocol, first, last, container, networks: on }: z.infer<typeof awaitedFacts>,
  networks: readonly DockerNetwork[],
): AwaitedPorts {
  const networkIds = on.map((network) => idOf(network, networks));
  return { protocol, range: { first, last }, container, networkIds };
}

function idOf(network: string, networks: readonly DockerNetwork[]): string {
  return networks.find(({ id, name }) => id === network || name === network)?.id ?? network;
}

function containerOf(
  facts: z.infer<typeof containerFacts>,
  networks: readonly DockerNetwork[],
): DockerContainer {
  return {
    id: facts.id ?? facts.name,
    name: facts.name,
    labels: facts.labels ?? {},
    hostNetwork: facts.hostNetwork ?? false,
    attachments: (facts.attachments ?? []).map(({ network, addresses = [] }) => ({
      networkId: idOf(network, networks),
      addresses,
    })),
    published: (facts.published ?? []).map(
      ({ protocol = "TCP", hostAddress = "0.0.0.0", hostPort, containerPort }) => ({
        protocol,
        hostAddress,
        hostPort,
        containerPort,
      }),
    ),
  };
}

function engineOf(facts: z.infer<typeof engineFacts> | undefined): EngineFacts {
  const both = (list: readonly Family[] | undefined, unknown: EngineFacts["bridgeNf"]) =>
    list === undefined ? unknown : { IPv4: list.includes("IPv4"), IPv6: list.includes("IPv6") };
  return {
    version: facts?.version ?? unknownEngine.version,
    swarm: facts?.swarm ?? unknownEngine.swarm,
    firewall: facts?.firewall ?? unknownEngine.firewall,
    dockerRules: both(facts?.dockerRules, unknownEngine.dockerRules),
    bridgeNf: both(facts?.bridgeNf, unknownEngine.bridgeNf),
    proxies: facts?.proxies ?? unknownEngine.proxies,
  };
}

function readJson(
  text: string,
):
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
    return { ok: false, message: `is not JSON: ${error.message}` };
  }
}
