import { describe, expect, test } from "vitest";
import type { KindName } from "../kind.ts";
import { renderTable } from "../table.ts";
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
import { kindTable } from "./kind-table.ts";

const narrow: View = { now: NOW, wide: false, utf8: true, paint: plain };

function shown(kind: KindName, documents: readonly unknown[], view: View = narrow) {
  const items = documents.map((document) => JSON.stringify(document));
  const { table, summary } = kindTable(kind, items, view);
  return `\n${renderTable(table)}${summary === "" ? "" : `(${summary})\n`}`;
}

const ascii: View = { ...narrow, utf8: false };
const wide: View = { ...narrow, wide: true };

describe("hosts", () => {
  const hosts = [
    sampleHost("edge-1", { drifts: [repairedDrift] }),
    sampleHost("edge-2", {
      state: "Applying",
      generation: 118,
      observedGeneration: 117,
      reportAgeMs: 400,
    }),
    sampleHost("db-1", {
      state: "Drifted",
      drifts: [{ ...repairedDrift, repairedTime: "" }],
      versions: {
        agent: "0.1.0",
        docker: "20.10.24",
        iptables: "1.8.9",
        nft: "",
        backend: "iptables-legacy",
        kernel: "5.10",
      },
    }),
    sampleHost("db-2", {
      state: "Failed",
      reason: "RestoreFailed",
      policies: [
        { name: "a", networks: ["x"], containers: [], reason: "Enforced", message: "" },
        { name: "b", networks: [], containers: [], reason: "SelectsNothing", message: "" },
      ],
    }),
    sampleHost("new-1", {
      state: "Pending",
      reason: "NeverReported",
      generation: 0,
      observedGeneration: 0,
      revision: 0,
      reportAgeMs: -1,
      policies: [],
      rulesetDigest: "",
      versions: { agent: "", docker: "", iptables: "", nft: "", backend: "", kernel: "" },
    }),
  ];

  test("by default", () => {
    expect(shown("Host", hosts)).toBe(`
NAME     STATUS     POLICIES   GEN       DRIFT               DOCKER     BACKEND           LAST SEEN   AGE
edge-1   InSync     1          118       1 repaired 4s ago   28.5.1     iptables-nft      3s          3d4h
edge-2   Applying   1          117→118   -                   28.5.1     iptables-nft      0s          3d4h
db-1     Drifted    1          118       1 not repaired      20.10.24   iptables-legacy   3s          3d4h
db-2     Failed     1/2        118       -                   28.5.1     iptables-nft      3s          3d4h
new-1    Pending    0          -         -                   -          -                 -           3d4h
(5 hosts: 1 in sync, 1 applying, 1 pending, 1 drifted, 1 failed
Look closer: seawall describe host db-2)
`);
  });

  test("ASCII where the locale knows no more", () => {
    expect(shown("Host", hosts, ascii)).toContain("117->118");
  });

  test("wide", () => {
    expect(shown("Host", [hosts[3]], wide)).toBe(`
NAME   STATUS   REASON          POLICIES   GEN   REVISION   DRIFT   DOCKER   BACKEND        LAST SEEN   AGE    AGENT   KERNEL   MODE      ADDRESSES      LABELS
db-2   Failed   RestoreFailed   1/2        118   7          -       28.5.1   iptables-nft   3s          3d4h   0.1.0   6.1.0    Enforce   10.0.0.11/32   env=prod
(1 host: 1 failed
Look closer: seawall describe host db-2)
`);
  });

  test("in Audit", () => {
    const host = sampleHost("edge-1");
    const audited = { ...host, spec: { ...host.spec, mode: "Audit" } };
    expect(shown("Host", [audited], wide)).toMatch(/KERNEL +MODE +ADDR[^]* 6\.1\.0 +Audit +10\./);
  });

  test("InSync at an older generation is not counted as in sync", () => {
    const behind = sampleHost("edge-1", { observedGeneration: 117 });
    expect(shown("Host", [behind])).toContain("(1 host: 1 behind)");
  });

  test("what a host reports cannot steer the terminal", () => {
    const versions = { ...sampleHost("a").status.versions, docker: "28\u001b[31m\n" };
    const text = shown("Host", [sampleHost("edge-1", { versions })]);
    expect(text).toContain("28\uFFFD[31m\uFFFD");
  });
});

test("policies", () => {
  expect(shown("FleetPolicy", [samplePolicy])).toBe(`
NAME            TIER       PRIORITY   STATUS        HOSTS   NETWORKS
protect-mysql   Standard   500        Progressing   1/2     2
`);
  expect(shown("FleetPolicy", [samplePolicy], wide)).toBe(`
NAME            TIER       PRIORITY   MODE      STATUS        HOSTS   NETWORKS   RULES   HOST SELECTOR               NETWORK SELECTOR
protect-mysql   Standard   500        Enforce   Progressing   1/2     2          1       env=prod,role in (db,app)   shop_backend,shop_*
`);
});

test("addressgroups", () => {
  expect(shown("AddressGroup", [sampleGroup], wide)).toBe(`
NAME     CIDRS   POLICIES        ADDRESSES
office   2       protect-mysql   198.51.100.0/24,2001:db8:7::/48
`);
});

test("revisions, newest first", () => {
  expect(shown("Revision", [sampleRevision(9, false), sampleRevision(10, true)])).toBe(`
REVISION   CURRENT   AUTHOR   CHANGES                   AGE   MESSAGE
10         yes       admin    1 created, 1 configured   10m   close MySQL
9          -         admin    1 created, 1 configured   11m   close MySQL
`);
});

test("revisions: one that is not believed, and one whose parent is swept away", () => {
  const { metadata, spec } = sampleRevision(9, false);
  const unbelieved = {
    ...{ metadata: { name: "10" }, spec: { ...spec, author: "", message: "", tree: {} } },
    status: { current: true, unbelieved: "revisions/10 is not believed: changed" },
  };
  const swept = { metadata, spec, status: { current: false } };
  const kind = { apiVersion: "seawall/v1", kind: "Revision" };
  expect(
    shown("Revision", [
      { ...kind, ...unbelieved },
      { ...kind, ...swept },
    ]),
  ).toBe(`
REVISION   CURRENT   AUTHOR   CHANGES     AGE   MESSAGE
10         yes       -        not known   -     revisions/10 is not believed: changed
9          -         admin    not known   11m   close MySQL
`);
});

test("networks, by host", () => {
  const networks = [sampleNetwork("b", "shop_backend"), sampleNetwork("a", "shop_frontend")];
  expect(shown("Network", networks)).toBe(`
HOST   NAME            DRIVER   BRIDGE            SUBNETS         POLICIES
a      shop_frontend   bridge   br-4f1d2c3b5a69   172.20.0.0/16   protect-mysql
b      shop_backend    bridge   br-4f1d2c3b5a69   172.20.0.0/16   protect-mysql
`);
  expect(shown("Network", networks.slice(0, 1), wide)).toBe(`
HOST   NAME           DRIVER   BRIDGE            SUBNETS         POLICIES        ID             INTERNAL   LABELS
b      shop_backend   bridge   br-4f1d2c3b5a69   172.20.0.0/16   protect-mysql   4f1d2c3b5a69   no         com.docker.compose.project=shop
`);
});
