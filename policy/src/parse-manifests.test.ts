import { describe, expect, test } from "vitest";
import type { Issue } from "./issue.ts";
import { parseManifests } from "./parse-manifests.ts";
import { resourceKey } from "./resource.ts";

/** As the command line prints them. */
function lines(issues: readonly Issue[]): readonly string[] {
  return issues.map(({ place, path, message }) => {
    const at =
      place === undefined ? "" : `${place.file}:${String(place.line)}:${String(place.column)} `;
    return `${at}${path}${path === "" ? "" : ": "}${message}`;
  });
}

function issuesOf(content: string): readonly string[] {
  return lines(parseManifests([{ name: "p.yaml", content }]).issues);
}

const valid = `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: a}
spec: {ingress: {defaultAction: Deny}}
`;

describe("what is taken", () => {
  test("every field there is", () => {
    const content = `apiVersion: seawall/v1
kind: FleetPolicy
metadata:
  name: protect-mysql
  labels: {team: shop, example.com/tier: ""}
  annotations: {note: "anything: at all"}
spec:
  tier: Guardrail
  priority: 0
  mode: Audit
  hostSelector:
    matchLabels: {env: prod}
    matchExpressions: [{key: role, operator: In, values: [db]}, {key: canary, operator: DoesNotExist}]
  networkSelector:
    names: [shop_backend, "shop_*"]
    matchLabels: {com.docker.compose.project.working_dir: /srv/shop}
    matchExpressions: [{key: a, operator: Exists}]
  containerSelector:
    names: ["mysql-*"]
    matchLabels: {com.docker.compose.service: mysql}
  ingress:
    defaultAction: Deny
    rules:
      - name: app-to-mysql
        action: Allow
        from:
          - ipBlock: {cidr: 10.20.0.0/16, except: [10.20.9.0/24]}
          - addressGroup: office
          - hostSelector: {matchLabels: {role: app}}
          - networkSelector: {names: [shop_frontend]}
          - containerSelector: {names: ["api-*"]}
        ports:
          - {protocol: TCP, port: 3306}
          - {port: 8000, endPort: 8100}
          - {protocol: TCP, publishedPort: 8080}
          - {publishedPort: 8080, endPort: 8090}
          - {protocol: UDP}
          - {protocol: ICMP}
        log: true
      - {action: Pass}
  egress:
    defaultAction: Allow
    host: false
    rules:
      - {action: Reject, to: [{ipBlock: {cidr: "::/0"}}], ports: [{port: 65535}]}
  internal:
    defaultAction: Allow
    rules:
      - {action: Deny, from: [{addressGroup: x}], to: [{addressGroup: y}], ports: [{port: 1}]}
  tests:
    - {from: 203.0.113.7, to: {network: shop_backend, port: 3306, protocol: TCP}, expect: Deny}
---
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: outside-docker}
spec: {interfaces: [eth1], ingress: {}}
---
apiVersion: seawall/v1
kind: AddressGroup
metadata: {name: office}
spec: {cidrs: [198.51.100.0/24, "2001:db8:7::/48"]}
---
apiVersion: seawall/v1
kind: AddressGroup
metadata: {name: nobody}
spec: {cidrs: []}
---
apiVersion: seawall/v1
kind: RolloutStrategy
metadata: {name: default}
spec:
  waves:
    - {name: canary, hostSelector: {matchLabels: {canary: "true"}}, soak: 60s}
    - {name: quarter, percent: 25, soak: 1h30m, approval: Manual}
    - {name: all}
  maxUnavailable: 10%
  failureBudget: 0
`;
    const parsed = parseManifests([{ name: "all.yaml", content }]);
    expect(lines(parsed.issues)).toEqual([]);
    expect(parsed.resources.map(({ resource }) => resourceKey(resource))).toEqual([
      "FleetPolicy/protect-mysql",
      "FleetPolicy/outside-docker",
      "AddressGroup/office",
      "AddressGroup/nobody",
      "RolloutStrategy/default",
    ]);
  });

  test("no default is filled in: a resource is what its author wrote", () => {
    const [parsed] = parseManifests([{ name: "p.yaml", content: valid }]).resources;
    expect(parsed?.resource).toEqual({
      apiVersion: "seawall/v1",
      kind: "FleetPolicy",
      metadata: { name: "a" },
      spec: { ingress: { defaultAction: "Deny" } },
    });
  });

  test("JSON, comments, empty documents, CRLF and a byte order mark", () => {
    expect(
      issuesOf(
        JSON.stringify({
          apiVersion: "seawall/v1",
          kind: "AddressGroup",
          metadata: { name: "a" },
          spec: { cidrs: [] },
        }),
      ),
    ).toEqual([]);
    expect(issuesOf(`\uFEFF# a comment\n---\n---\n${valid}---\n# the end\n`)).toEqual([]);
    expect(issuesOf(valid.replaceAll("\n", "\r\n"))).toEqual([]);
  });

  test("a few aliases", () => {
    const { resources, issues } = parseManifests([
      {
        name: "p.yaml",
        content: valid.replace(
          "spec: {",
          "spec: {networkSelector: &shop {names: [shop]}, hostSelector: {}, ",
        ),
      },
      {
        name: "q.yaml",
        content: `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: b}
spec:
  ingress:
    rules:
      - {action: Allow, ports: &web [{port: 80}, {port: 443}]}
  egress:
    rules:
      - {action: Allow, ports: *web}
`,
      },
    ]);
    expect(lines(issues)).toEqual([]);
    expect(resources[1]?.resource).toMatchObject({
      spec: { egress: { rules: [{ ports: [{ port: 80 }, { port: 443 }] }] } },
    });
  });
});

describe("places", () => {
  test("a resource finds its fields, and around what is not there", () => {
    const [parsed] = parseManifests([{ name: "p.yaml", content: `---\n${valid}` }]).resources;
    expect(parsed?.locate(["spec", "ingress", "defaultAction"])).toEqual({
      file: "p.yaml",
      line: 5,
      column: 33,
    });
    expect(parsed?.locate(["spec", "priority"])).toEqual({ file: "p.yaml", line: 5, column: 7 });
    expect(parsed?.locate([])).toEqual({ file: "p.yaml", line: 2, column: 1 });
  });
});

describe("files that hold no object", () => {
  test.for([
    ["", "p.yaml:1:1 holds no objects: write one, or leave the file out"],
    ["# nothing\n---\n...\n", "p.yaml:1:1 holds no objects: write one, or leave the file out"],
    ["just text", "p.yaml:1:1 must be a mapping with apiVersion, kind, metadata and spec"],
    ["- a list", "p.yaml:1:1 must be a mapping with apiVersion, kind, metadata and spec"],
    ["null", "p.yaml:1:1 must be a mapping with apiVersion, kind, metadata and spec"],
  ])("%j: %s", ([content, line]) => {
    expect(issuesOf(content ?? "")).toEqual([line]);
  });

  test("no file at all", () => {
    expect(lines(parseManifests([]).issues)).toEqual([
      "no manifests: give at least one file, or a directory with .yaml, .yml or .json files",
    ]);
  });
});

describe("kind and apiVersion", () => {
  const known = "one of FleetPolicy, AddressGroup, RolloutStrategy";
  test.for([
    ["kind: FleetPolicy", "p.yaml:1:1 apiVersion: is required: seawall/v1"],
    [
      "apiVersion: seawall/v2\nkind: X",
      'p.yaml:1:13 apiVersion: must be seawall/v1, got "seawall/v2"',
    ],
    ["apiVersion: 1", "p.yaml:1:13 apiVersion: must be seawall/v1, got 1"],
    ["apiVersion: seawall/v1", `p.yaml:1:1 kind: is required: ${known}`],
    ["apiVersion: seawall/v1\nkind: [a]", `p.yaml:2:7 kind: must be ${known}, got ["a"]`],
    [
      "apiVersion: seawall/v1\nkind: fleetpolicy",
      `p.yaml:2:7 kind: must be ${known}, got "fleetpolicy"; did you mean "FleetPolicy"?`,
    ],
    [
      "apiVersion: seawall/v1\nkind: NetworkPolicy",
      `p.yaml:2:7 kind: must be ${known}, got "NetworkPolicy"`,
    ],
    [
      "apiVersion: seawall/v1\nkind: constructor",
      `p.yaml:2:7 kind: must be ${known}, got "constructor"`,
    ],
    [
      "apiVersion: seawall/v1\nkind: Host\nmetadata: {name: web-1}",
      "p.yaml:2:7 kind: Host is not applied: hosts join with a token and are labelled with: seawall label host NAME KEY=VALUE",
    ],
    [
      "apiVersion: seawall/v1\nkind: Revision",
      "p.yaml:2:7 kind: Revision is not applied: revisions are written by the controller; apply the objects themselves",
    ],
  ])("%j", ([content, line]) => {
    expect(issuesOf(content ?? "")).toEqual([line]);
  });
});

describe("several files", () => {
  test("one object in two places is told with both", () => {
    const { resources, issues } = parseManifests([
      { name: "a.yaml", content: valid },
      { name: "b.yaml", content: `# second\n${valid}` },
    ]);
    expect(resources).toHaveLength(2);
    expect(lines(issues)).toEqual([
      "b.yaml:4:18 metadata.name: FleetPolicy/a is already defined at a.yaml:3:18: remove or rename one",
    ]);
  });

  test("one name may stand for objects of two kinds", () => {
    const group =
      "apiVersion: seawall/v1\nkind: AddressGroup\nmetadata: {name: a}\nspec: {cidrs: []}\n";
    expect(issuesOf(`${valid}---\n${group}`)).toEqual([]);
  });

  test("issues come in the order of the files and of the places in them", () => {
    const bad = valid.replace("Deny", "deny");
    const { issues } = parseManifests([
      { name: "b.yaml", content: `${bad}---\n${bad.replace("name: a", "name: b, x: 1")}` },
      { name: "a.yaml", content: "" },
    ]);
    expect(issues.map(({ place }) => `${place?.file ?? ""}:${String(place?.line)}`)).toEqual([
      "b.yaml:4",
      "b.yaml:8",
      "b.yaml:9",
      "a.yaml:1",
    ]);
  });

  test("a wrong document does not hide the right ones", () => {
    const { resources } = parseManifests([{ name: "p.yaml", content: `a: 1\n---\n${valid}` }]);
    expect(resources.map(({ resource }) => resourceKey(resource))).toEqual(["FleetPolicy/a"]);
  });
});
