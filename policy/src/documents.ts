import { z } from "zod";

/**
 * The documents a controller answers with, as `-o json` prints them. Read by
 * clients of other versions, so unknown fields are kept, not refused.
 */
const labels = z.record(z.string(), z.string());

const metadata = z.looseObject({
  name: z.string(),
  labels: labels.optional(),
  annotations: labels.optional(),
  /** RFC 3339. */
  creationTimestamp: z.string().optional(),
});

export const conditionDocument = z.looseObject({
  type: z.string(),
  status: z.enum(["True", "False"]),
  reason: z.string(),
  message: z.string(),
  lastTransitionTime: z.string(),
});

export const hostStates = [
  "Pending",
  "InSync",
  "Applying",
  "Drifted",
  "Failed",
  "Reverted",
  "Stale",
  "Unsupported",
  "Quarantined",
] as const;
export type HostStateName = (typeof hostStates)[number];

const networkStatus = z.looseObject({
  host: z.string(),
  id: z.string(),
  driver: z.string(),
  /** Empty when this driver has none or the link is not there. */
  bridge: z.string(),
  subnets: z.array(z.string()),
  internal: z.boolean(),
  /** false: its containers may not talk to each other. */
  icc: z.boolean().optional(),
  /** Families in which its containers are reached without DNAT. */
  routed: z.array(z.enum(["IPv4", "IPv6"])).optional(),
  /** Policies that select it. */
  policies: z.array(z.string()),
});

export const networkDocument = z.looseObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("Network"),
  /** labels: Docker's network labels. */
  metadata,
  status: networkStatus,
});
export type NetworkDocument = z.infer<typeof networkDocument>;

const families = z.array(z.enum(["IPv4", "IPv6"]));

const containerStatus = z.looseObject({
  id: z.string(),
  name: z.string(),
  labels,
  hostNetwork: z.boolean(),
  /** `network` is an id. */
  attachments: z.array(z.looseObject({ network: z.string(), addresses: z.array(z.string()) })),
  published: z.array(
    z.looseObject({
      protocol: z.enum(["TCP", "UDP", "SCTP"]),
      hostAddress: z.string(),
      hostPort: z.number(),
      containerPort: z.number(),
    }),
  ),
});

const engineStatus = z.looseObject({
  version: z.string(),
  swarm: z.boolean(),
  /** What Docker keeps its own rules in. */
  firewall: z.enum(["iptables", "nftables"]),
  /** Families in which it does. */
  dockerRules: families,
  /** Families in which iptables sees what stays on one bridge. */
  bridgeNf: families,
  proxies: z.array(
    z.looseObject({
      protocol: z.enum(["TCP", "UDP", "SCTP"]),
      hostAddress: z.string(),
      hostPort: z.number(),
      containerAddress: z.string(),
      containerPort: z.number(),
    }),
  ),
});

const limitStatus = z.looseObject({
  path: z.string(),
  reason: z.string(),
  message: z.string(),
  advice: z.string(),
  policies: z.array(z.string()),
});

const entryStatus = z.looseObject({
  /** IPv4 | IPv6 | inet: both, in nftables. */
  family: z.string(),
  table: z.string(),
  /** In nftables what it hangs at: forward, input, output. */
  chain: z.string(),
  leadsTo: z.string(),
  /** Of the jump, 1-based; 0: it is missing, or there is none because it is nftables. */
  position: z.number(),
  /** In nftables: lower is asked first, and filter is 0. Elsewhere 0. */
  priority: z.number(),
});

export const hostDocument = z.looseObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("Host"),
  metadata,
  spec: z.looseObject({
    mode: z.enum(["Enforce", "Audit"]),
    /** Those that differ from what holds where nothing is said. */
    options: z.record(z.string(), z.string()),
    /** Approved addresses, as CIDRs. */
    addresses: z.array(z.string()),
  }),
  status: z.looseObject({
    state: z.enum(hostStates),
    /** Why it is in this state, PascalCase; empty when InSync. */
    reason: z.string(),
    message: z.string(),
    conditions: z.array(conditionDocument),
    /** Generation of the newest bundle; 0 = none compiled yet. */
    generation: z.number(),
    observedGeneration: z.number(),
    /** The next bundle is being made, and no generation is known of it yet; absent: none is. */
    bundlePending: z.literal(true).optional(),
    /** Revision of the bundle that is enforced; 0 = none. */
    revision: z.number(),
    /** The newest revision, where it would give the host other rules than those that it should have now; absent: it would not. */
    newerRevision: z.number().optional(),
    /** Milliseconds since the last report, by the controller's monotonic clock; -1 = not since this controller started. */
    reportAgeMs: z.number(),
    policies: z.array(
      z.looseObject({
        name: z.string(),
        networks: z.array(z.string()),
        /** Empty without a containerSelector. */
        containers: z.array(z.string()),
        /** Enforced | Audited | PartiallyEnforced | SelectsNothing */
        reason: z.string(),
        message: z.string(),
      }),
    ),
    networks: z.array(networkStatus.extend({ name: z.string(), labels })),
    /** Running ones. */
    containers: z.array(containerStatus),
    interfaces: z.array(z.string()),
    /** The host's own, but for loopback ones and link-local ones of IPv6. */
    addresses: z.array(z.string()),
    engine: engineStatus,
    /** Where agents reach NATS and the controller in containers of this host: no policy denies it. */
    management: z.array(
      z.looseObject({ address: z.string(), port: z.number(), container: z.string() }),
    ),
    /** Published ports that policies name, or containers will publish, and programs of the host itself have: nobody holds them. */
    ownPorts: z.array(z.looseObject({ protocol: z.enum(["TCP", "UDP"]), port: z.number() })),
    /** What containers that do not run will publish, by the ids of their networks: any one from `first` to `last`. */
    awaitedPorts: z.array(
      z.looseObject({
        protocol: z.enum(["TCP", "UDP"]),
        first: z.number(),
        last: z.number(),
        container: z.string(),
        networks: z.array(z.string()),
      }),
    ),
    /** What no policy can govern on this host. */
    limits: z.array(limitStatus),
    counters: z.array(
      z.looseObject({
        policy: z.string(),
        rule: z.string(),
        direction: z.string(),
        network: z.string(),
        family: z.string(),
        packets: z.number(),
        bytes: z.number(),
        /** Its policy is in Audit: what it would have denied. */
        audited: z.boolean(),
        /** What filter let through against its word, and the guard behind it dropped. */
        guard: z.boolean(),
      }),
    ),
    drifts: z.array(
      z.looseObject({
        detectedTime: z.string(),
        repairedTime: z.string(),
        family: z.string(),
        what: z.string(),
        /** How often it was found, each time within a minute of the one before. */
        times: z.number(),
        /** Who else changed rules meanwhile, newest last; empty: nobody was heard. */
        suspects: z.array(
          z.looseObject({
            time: z.string(),
            pid: z.number(),
            command: z.string(),
            /** What started it; empty: not known. */
            parent: z.string(),
          }),
        ),
      }),
    ),
    connections: z.looseObject({
      /** How many were cut when some were last; 0: none since its agent began. */
      cut: z.number(),
      /** Empty: never. */
      cutTime: z.string(),
      /** May be denied, which cannot be told; left open. */
      notJudged: z.number(),
    }),
    versions: z.looseObject({
      agent: z.string(),
      docker: z.string(),
      /** Of the program that the rules are kept by; the other is empty. */
      iptables: z.string(),
      nft: z.string(),
      backend: z.string(),
      kernel: z.string(),
    }),
    rulesetDigest: z.string(),
    /** By which packets come to the rules that were read back; none where they were not read. */
    entries: z.array(entryStatus),
    /** When the kernel was read, by the host's clock; empty: it was not. */
    observedTime: z.string(),
  }),
});
export type HostDocument = z.infer<typeof hostDocument>;

export const policyDocument = z.looseObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("FleetPolicy"),
  metadata,
  spec: z.looseObject({}),
  status: z.looseObject({
    /** Hosts that hostSelector selects. */
    hosts: z.number(),
    /** Of these, InSync at their newest generation. */
    inSync: z.number(),
    /** Networks selected on all hosts, as reported. */
    networks: z.number(),
    /** Enforced | SelectsNothing | Progressing | Degraded */
    reason: z.string(),
  }),
});
export type PolicyDocument = z.infer<typeof policyDocument>;

export const addressGroupDocument = z.looseObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("AddressGroup"),
  metadata,
  spec: z.looseObject({ cidrs: z.array(z.string()) }),
  status: z.looseObject({ cidrs: z.number(), policies: z.array(z.string()) }),
});
export type AddressGroupDocument = z.infer<typeof addressGroupDocument>;

export const rolloutStrategyDocument = z.looseObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("RolloutStrategy"),
  metadata,
  spec: z.looseObject({
    waves: z
      .array(
        z.looseObject({
          name: z.string(),
          percent: z.number().optional(),
          soak: z.string().optional(),
          approval: z.string().optional(),
        }),
      )
      .optional(),
    maxUnavailable: z.union([z.number(), z.string()]).optional(),
    failureBudget: z.number().optional(),
    gates: z.array(z.string()).optional(),
  }),
});
export type RolloutStrategyDocument = z.infer<typeof rolloutStrategyDocument>;

export const revisionDocument = z.looseObject({
  apiVersion: z.literal("seawall/v1"),
  kind: z.literal("Revision"),
  metadata,
  spec: z.looseObject({
    parent: z.number(),
    author: z.string(),
    message: z.string(),
    /** `Kind/name` to sha256 of its document. */
    tree: z.record(z.string(), z.string()),
  }),
  status: z.looseObject({
    /** The revision the fleet is on. */
    current: z.boolean(),
    /** Against its parent; all three absent where that is not kept or not believed. */
    created: z.array(z.string()).optional(),
    configured: z.array(z.string()).optional(),
    deleted: z.array(z.string()).optional(),
    /** Why its record in the store is not believed; then there is no more than its number. */
    unbelieved: z.string().optional(),
  }),
});
export type RevisionDocument = z.infer<typeof revisionDocument>;
