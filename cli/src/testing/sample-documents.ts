import type {
  AddressGroupDocument,
  HostDocument,
  NetworkDocument,
  PolicyDocument,
  RevisionDocument,
} from "@seawall/policy";

/** The moment of all samples. */
export const NOW = Date.parse("2026-03-01T12:00:00Z");

const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

type Status = HostDocument["status"];

/** A host in sync with one policy; `status` says what is different. */
export function sampleHost(
  name: string,
  status: Partial<Status> = {},
  labels: Record<string, string> = { env: "prod" },
): HostDocument {
  return {
    apiVersion: "seawall/v1",
    kind: "Host",
    metadata: { name, labels, creationTimestamp: ago(3 * 86_400 + 4 * 3600) },
    spec: { mode: "Enforce", options: {}, addresses: ["10.0.0.11/32"] },
    status: {
      state: "InSync",
      reason: "",
      message: "",
      conditions: [],
      generation: 118,
      observedGeneration: 118,
      revision: 7,
      reportAgeMs: 3_000,
      policies: [
        {
          name: "protect-mysql",
          networks: ["shop_backend"],
          containers: [],
          reason: "Enforced",
          message: "",
        },
      ],
      networks: [
        {
          host: name,
          name: "shop_backend",
          id: "4f1d2c3b5a69788796a5b4c3d2e1f00f",
          driver: "bridge",
          bridge: "br-4f1d2c3b5a69",
          subnets: ["172.20.0.0/16", "fd00:20::/64"],
          internal: false,
          labels: {},
          policies: ["protect-mysql"],
        },
      ],
      containers: [],
      interfaces: ["br-4f1d2c3b5a69", "eth0", "lo"],
      addresses: ["192.0.2.11"],
      engine: {
        version: "28.5.1",
        swarm: false,
        firewall: "iptables",
        dockerRules: ["IPv4", "IPv6"],
        bridgeNf: ["IPv4", "IPv6"],
        proxies: [],
      },
      management: [],
      ownPorts: [],
      awaitedPorts: [],
      limits: [],
      counters: [],
      drifts: [],
      connections: { cut: 0, cutTime: "", notJudged: 0 },
      versions: {
        agent: "0.1.0",
        docker: "28.5.1",
        iptables: "1.8.9",
        nft: "",
        backend: "iptables-nft",
        kernel: "6.1.0",
      },
      entries: [],
      observedTime: "",
      rulesetDigest: "sha256:8c1f",
      ...status,
    },
  };
}

export const repairedDrift = {
  detectedTime: ago(4.05),
  repairedTime: ago(4),
  family: "IPv4",
  what: "DOCKER-USER was flushed",
  times: 2,
  suspects: [{ time: ago(4.05), pid: 4711, command: "iptables", parent: "bash" }],
};

export const samplePolicy: PolicyDocument = {
  apiVersion: "seawall/v1",
  kind: "FleetPolicy",
  metadata: { name: "protect-mysql" },
  spec: {
    hostSelector: {
      matchLabels: { env: "prod" },
      matchExpressions: [{ key: "role", operator: "In", values: ["db", "app"] }],
    },
    networkSelector: { names: ["shop_backend", "shop_*"] },
    ingress: {
      defaultAction: "Deny",
      rules: [{ name: "office", action: "Allow", from: [{ addressGroup: "office" }] }],
    },
  },
  status: { hosts: 2, inSync: 1, networks: 2, reason: "Progressing" },
};

export const sampleGroup: AddressGroupDocument = {
  apiVersion: "seawall/v1",
  kind: "AddressGroup",
  metadata: { name: "office" },
  spec: { cidrs: ["198.51.100.0/24", "2001:db8:7::/48"] },
  status: { cidrs: 2, policies: ["protect-mysql"] },
};

export function sampleRevision(number: number, current: boolean): RevisionDocument {
  return {
    apiVersion: "seawall/v1",
    kind: "Revision",
    metadata: { name: String(number), creationTimestamp: ago(60 * (20 - number)) },
    spec: {
      parent: number - 1,
      author: "admin",
      message: "close MySQL",
      tree: { "FleetPolicy/protect-mysql": "ab12", "AddressGroup/office": "cd34" },
    },
    status: {
      current,
      created: ["FleetPolicy/protect-mysql"],
      configured: ["AddressGroup/office"],
      deleted: [],
    },
  };
}

export function sampleNetwork(host: string, name: string): NetworkDocument {
  return {
    apiVersion: "seawall/v1",
    kind: "Network",
    metadata: { name, labels: { "com.docker.compose.project": "shop" } },
    status: {
      host,
      id: "4f1d2c3b5a69788796a5b4c3d2e1f00f",
      driver: "bridge",
      bridge: "br-4f1d2c3b5a69",
      subnets: ["172.20.0.0/16"],
      internal: false,
      policies: ["protect-mysql"],
    },
  };
}
