import { expect, test } from "vitest";
import { plain } from "../terminal.ts";
import {
  NOW,
  repairedDrift,
  sampleGroup,
  sampleHost,
  sampleNetwork,
  samplePolicy,
  sampleRevision,
} from "../testing/sample-documents.ts";
import type { View } from "./column.ts";
import { describeHost } from "./describe-host.ts";
import { describeAddressGroup, describeNetwork, describeRevision } from "./describe-other.ts";
import { describePolicy } from "./describe-policy.ts";

const view: View = { now: NOW, wide: false, utf8: true, paint: plain };

const counter = {
  policy: "protect-mysql",
  rule: "office",
  direction: "ingress",
  network: "shop_backend",
  family: "IPv4",
  packets: 3,
  bytes: 180,
  audited: false,
  guard: false,
};

test("a host", () => {
  const host = sampleHost("edge-1", {
    state: "Failed",
    reason: "RestoreFailed",
    message: "iptables-restore: line 14",
    observedGeneration: 117,
    connections: { cut: 12, cutTime: new Date(NOW - 300_000).toISOString(), notJudged: 0 },
    conditions: [
      {
        type: "RulesApplied",
        status: "False",
        reason: "RestoreFailed",
        message: "iptables-restore: line 14",
        lastTransitionTime: new Date(NOW - 31_000).toISOString(),
      },
    ],
    policies: [
      {
        name: "protect-mysql",
        networks: ["shop_backend"],
        containers: ["mysql-1"],
        reason: "PartiallyEnforced",
        message: "docker-proxy passes it on",
      },
    ],
    containers: [
      {
        id: "c1",
        name: "mysql-1",
        labels: {},
        hostNetwork: false,
        attachments: [],
        published: [],
      },
      {
        id: "c2",
        name: "exporter",
        labels: {},
        hostNetwork: true,
        attachments: [],
        published: [],
      },
    ],
    management: [
      { address: "10.0.0.11", port: 7443, container: "controller" },
      { address: "fd00::11", port: 7422, container: "nats" },
    ],
    limits: [
      {
        path: "docker-proxy",
        reason: "ContainersThroughProxy",
        message: "docker-proxy passes it on",
        advice: "turn it off",
        policies: ["protect-mysql"],
      },
      {
        path: "host-network",
        reason: "HostNetworkContainer",
        message: "exporter is the host itself",
        advice: "use a network",
        policies: [],
      },
    ],
    counters: [
      counter,
      { ...counter, rule: "default", audited: true },
      { ...counter, rule: "default", guard: true },
      { ...counter, rule: "default", guard: true, family: "IPv6", packets: 0 },
    ],
    drifts: [repairedDrift],
  });
  expect(`\n${describeHost(host, view)}`).toBe(`
Name:              edge-1
Labels:            env=prod
Addresses:         10.0.0.11/32
Mode:              Enforce
Options:           -
State:             Failed (RestoreFailed: iptables-restore: line 14)
Generation:        117→118
Revision:          7
Last report:       3s ago
Age:               3d4h
Rules read back:   sha256:8c1f
Containers:        2 running, 1 of them in the host's own network
Never cut:         10.0.0.11:7443/TCP of controller,[fd00::11]:7422/TCP of nats
Connections cut:   12, 5m ago
Docker:            28.5.1
iptables:          1.8.9, iptables-nft
Kernel:            6.1.0
Agent:             0.1.0
Conditions:
  TYPE           STATUS   REASON          SINCE   MESSAGE
  RulesApplied   False    RestoreFailed   31s     iptables-restore: line 14
Policies:
  NAME            STATUS              NETWORKS       CONTAINERS   WHY
  protect-mysql   PartiallyEnforced   shop_backend   mysql-1      docker-proxy passes it on
What policies cannot govern here:
  docker-proxy: docker-proxy passes it on
    Policies:   protect-mysql
    Advice:     turn it off
  host-network: exporter is the host itself
    Policies:   -
    Advice:     use a network
Networks:
  NAME           DRIVER   BRIDGE            SUBNETS                      POLICIES
  shop_backend   bridge   br-4f1d2c3b5a69   172.20.0.0/16,fd00:20::/64   protect-mysql
Counters:
  POLICY          RULE      DIRECTION   NETWORK        FAMILY   PACKETS   BYTES   NOTE
  protect-mysql   office    ingress     shop_backend   IPv4     3         180     -
  protect-mysql   default   ingress     shop_backend   IPv4     3         180     would deny
  protect-mysql   default   ingress     shop_backend   IPv4     3         180     got past filter, dropped behind it
Drifts:
  FOUND    REPAIRED     TIMES   FAMILY   WHAT                      CHANGED BY
  4s ago   after 50ms   2       IPv4     DOCKER-USER was flushed   iptables (pid 4711, started by bash)
`);
});

test("a policy: its spec, the hosts it selects, and what its rules counted on all of them", () => {
  const hosts = [
    sampleHost("a", {
      counters: [counter, { ...counter, network: "shop_2", packets: 1, bytes: 60 }],
    }),
    sampleHost("b", { state: "Stale", policies: [], counters: [{ ...counter, policy: "other" }] }),
  ];
  expect(`\n${describePolicy(samplePolicy, hosts, view)}`).toBe(`
Name:               protect-mysql
Labels:             -
Status:             Progressing
Tier:               Standard
Priority:           500
Mode:               Enforce
Host selector:      env=prod,role in (db,app)
Network selector:   shop_backend,shop_*
Hosts:              2 selected, 1 in sync
Networks:           2
Spec:
  hostSelector:
    matchLabels:
      env: prod
    matchExpressions:
      - key: role
        operator: In
        values:
          - db
          - app
  networkSelector:
    names:
      - shop_backend
      - shop_*
  ingress:
    defaultAction: Deny
    rules:
      - name: office
        action: Allow
        from:
          - addressGroup: office
Hosts:
  NAME   STATUS   GEN   POLICY        NETWORKS       WHY
  a      InSync   118   Enforced      shop_backend   -
  b      Stale    118   NotReported   -              -
Counters:
  DIRECTION   RULE     FAMILY   NOTE   PACKETS   BYTES
  ingress     office   IPv4     -      4         240
`);
});

test("an addressgroup", () => {
  expect(`\n${describeAddressGroup(sampleGroup)}`).toBe(`
Name:       office
Labels:     -
Policies:   protect-mysql
CIDRs:
  CIDR
  198.51.100.0/24
  2001:db8:7::/48
`);
});

test("a network", () => {
  expect(`\n${describeNetwork(sampleNetwork("edge-1", "shop_backend"))}`).toBe(`
Host:                 edge-1
Name:                 shop_backend
ID:                   4f1d2c3b5a69788796a5b4c3d2e1f00f
Driver:               bridge
Bridge:               br-4f1d2c3b5a69
Subnets:              172.20.0.0/16
Internal:             no
Between containers:   open
Routed:               -
Labels:               com.docker.compose.project=shop
Policies:             protect-mysql
`);
});

test("a revision", () => {
  const proof = { keyId: "0123456789abcdef", digest: "ef56", parentDigest: "9a78", findings: [] };
  expect(`\n${describeRevision(sampleRevision(7, true), proof, view)}`).toBe(`
Revision:          7
Current:           yes
Parent:            6
Author:            admin
Message:           close MySQL
Time:              2026-03-01T11:47:00.000Z (13m ago)
Signature:         verified, of key 0123456789abcdef
Digest:            ef56
Parent's digest:   9a78
Created:           FleetPolicy/protect-mysql
Configured:        AddressGroup/office
Deleted:           -
Objects:
  NAME                        SHA256
  AddressGroup/office         cd34
  FleetPolicy/protect-mysql   ab12
`);
});
