import { expect, test } from "vitest";
import type { HostFacts } from "./facts.ts";
import { factsOfHost } from "./facts.ts";
import { parseManifests } from "./parse-manifests.ts";
import { judgePolicyTests } from "./policy-tests.ts";
import { failureText, hostsText } from "./policy-tests-issues.ts";

const policies = `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: db}
spec:
  networkSelector: {names: [db]}
  containerSelector: {names: ["mysql-*"]}
  ingress:
    defaultAction: Deny
    rules:
      - {name: api, action: Allow, from: [{containerSelector: {names: [api]}}], ports: [{port: 3306}]}
      - {name: office, action: Allow, from: [{ipBlock: {cidr: 198.51.100.0/24}}], ports: [{publishedPort: 13306}]}
  internal:
    defaultAction: Reject
    rules:
      - {name: backup, action: Allow, from: [{containerSelector: {names: [backup]}}]}
  tests: [TEST]
---
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: front}
spec:
  networkSelector: {names: [front]}
  egress: {rules: [{name: no-mail, action: Deny, ports: [{port: 25}]}]}
`;

const shop: HostFacts = factsOfHost({
  metadata: { name: "shop-1" },
  status: {
    networks: [
      { name: "db", subnets: ["10.1.0.0/16"] },
      { name: "front", subnets: ["10.2.0.0/16", "2001:db8:2::/64"] },
      { name: "empty", subnets: ["10.3.0.0/16"] },
    ],
    containers: [
      {
        name: "mysql-1",
        attachments: [{ network: "db", addresses: ["10.1.0.2"] }],
        published: [
          { hostPort: 13306, containerPort: 3306 },
          { hostPort: 13307, containerPort: 3307 },
        ],
      },
      { name: "backup", attachments: [{ network: "db", addresses: ["10.1.0.3"] }] },
      { name: "cron", attachments: [{ network: "db", addresses: ["10.1.0.4"] }] },
      { name: "api", attachments: [{ network: "front", addresses: ["10.2.0.2"] }] },
      { name: "web", attachments: [{ network: "front", addresses: ["10.2.0.3"] }] },
      {
        name: "both",
        attachments: [
          { network: "front", addresses: ["10.2.0.9"] },
          { network: "db", addresses: ["10.1.0.9"] },
        ],
      },
      { name: "host", hostNetwork: true },
    ],
  },
});

function outcome(text: string, hosts: readonly HostFacts[], mode = ""): string {
  const content = policies.replace("TEST", text).replace("spec:\n", `spec:\n${mode}`);
  const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
  expect(issues).toEqual([]);
  const results = judgePolicyTests(
    resources.map(({ resource }) => resource),
    hosts,
  );
  return results
    .flatMap((result) => result.cases.map((one) => ({ result, one })))
    .map(({ result, one }) => {
      const { kind } = one.outcome;
      const why = kind === "Skipped" ? one.outcome.reason : failureText(result, one.outcome);
      return `${hostsText(one)} ${kind} ${why}`.trimEnd();
    })
    .join("; ");
}

test.for([
  // Another network of the host: its egress, then this one's ingress.
  ["{from: {container: api}, to: {container: mysql-1, port: 3306}, expect: Allow}", "Passed"],
  ["{from: {container: api}, to: {container: mysql-1, port: 3307}, expect: Deny}", "Passed"],
  ["{from: {container: web}, to: {container: mysql-1}, expect: Deny}", "Passed"],
  ["{from: {network: front}, to: {container: cron, port: 25}, expect: Deny}", "Passed"],
  [
    "{from: {network: front}, to: {network: db, port: 3306}, expect: Deny}",
    "Failed front to db TCP/3306 must be Deny and is Allow: ingress rule api of FleetPolicy/db decides",
  ],
  // Containers that the policy does not select are of the network too.
  [
    "{from: {container: web}, to: {network: db, port: 3306}, expect: Deny}",
    "Failed container web to db TCP/3306 must be Deny and is Allow: no rule matches and no policy that selects the network denies by default",
  ],
  // The same bridge.
  ["{from: {container: backup}, to: {container: mysql-1}, expect: Allow}", "Passed"],
  ["{from: {container: cron}, to: {container: mysql-1}, expect: Reject}", "Passed"],
  ["{from: {network: db}, to: {container: cron}, expect: Allow}", "Passed"],
  // It is on both networks, so it needs no way around.
  ["{from: {container: both}, to: {container: mysql-1}, expect: Reject}", "Passed"],
  ["{from: {container: both, network: front}, to: {container: mysql-1}, expect: Deny}", "Passed"],
  // Through a published port the packet leaves the bridge, even for itself.
  [
    "{from: {container: backup}, to: {container: mysql-1, publishedPort: 13306}, expect: Deny}",
    "Passed",
  ],
  [
    "{from: {network: db}, to: {container: cron, publishedPort: 13306}, expect: Deny}",
    "Skipped has no running container that the test's packets could come from or go to",
  ],
  // From outside: direct connections, and those through the ports that it publishes.
  ["{from: 198.51.100.1, to: {container: mysql-1, publishedPort: 13306}, expect: Allow}", "Passed"],
  [
    "{from: 198.51.100.1, to: {container: mysql-1, port: 3306}, expect: Deny}",
    "Failed 198.51.100.1 to container mysql-1 TCP/3306 published as 13306, one of 198.51.100.1 to container mysql-1 TCP/3306, must be Deny and is Allow: ingress rule office of FleetPolicy/db decides",
  ],
  ["{from: 198.51.100.1, to: {container: mysql-1, port: 3307}, expect: Deny}", "Passed"],
  // Somebody with an address of front that is no container's.
  ["{from: 10.2.0.77, to: {container: mysql-1, port: 3306}, expect: Deny}", "Passed"],
  ["{from: {container: both}, to: {address: 203.0.113.1, port: 25}, expect: Deny}", "Failed"],
  // Nobody is there.
  ["{from: {network: empty}, to: {network: db, port: 3306}, expect: Deny}", "Failed"],
  [
    "{from: {container: gone}, to: {network: db}, expect: Deny}",
    'Skipped has no running container "gone"',
  ],
  [
    "{from: {container: host}, to: {network: db}, expect: Deny}",
    "Ungoverned container host to db must be Deny, and no policy governs it: containers in the network namespace of the host send and receive as the host itself: host",
  ],
  [
    "{from: {container: host}, to: {network: db}, expect: Allow}",
    'Skipped container "host" is on no bridge',
  ],
  [
    "{from: {container: api, network: db}, to: {network: front}, expect: Deny}",
    'Skipped container "api" is on no bridge of network "db"',
  ],
])("on a host %s %s", ([text = "", expected = ""]) => {
  expect(outcome(text, [shop]).split("; ")[0]).toContain(`shop-1 ${expected}`);
});

test.for([
  ["{from: {container: api, network: front}, to: {network: db, port: 3306}, expect: Allow}"],
  ["{from: {container: web, network: front}, to: {network: db, port: 3306}, expect: Deny}"],
  ["{from: 192.0.2.1, to: {container: mysql-7}, expect: Deny}"],
  ["{from: 198.51.100.9, to: {container: mysql-7, publishedPort: 13306}, expect: Allow}"],
  ["{from: {container: backup}, to: {container: mysql-7}, expect: Allow}"],
  ["{from: {container: cron}, to: {container: mysql-7}, expect: Reject}"],
  ["{from: {container: cron}, to: {container: backup}, expect: Allow}"],
])("on an imagined host %s", ([text = ""]) => {
  expect(outcome(text, [])).toBe("an imagined host Passed");
});

test.for([["Audit"], ["Enforce"]])(
  "what a policy in %s claims is so once it is enforced",
  ([mode]) => {
    const text = "{from: {container: web}, to: {container: mysql-1}, expect: Deny}";
    expect(outcome(text, [shop], `  mode: ${mode ?? ""}\n`)).toBe("shop-1 Passed");
  },
);
