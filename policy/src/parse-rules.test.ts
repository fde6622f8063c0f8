import { describe, expect, test } from "vitest";
import { parseManifests } from "./parse-manifests.ts";

function issuesOf(content: string): readonly string[] {
  return parseManifests([{ name: "p.yaml", content }]).issues.map(
    ({ place, path, message }) =>
      `p.yaml:${String(place?.line)}:${String(place?.column)} ${path}: ${message}`,
  );
}

/** Each row: what stands behind `spec:` in line 4, and all that is said about it. */
function policy(spec: string): string {
  return `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: a}\nspec: ${spec}\n`;
}

function rule(text: string): string {
  return policy(`{ingress: {rules: [${text}]}}`);
}

const inRule = "p.yaml:4:26 spec.ingress.rules[0]";

describe("rules", () => {
  test.for([
    ["{}", `${inRule}.action: is required: one of Allow, Deny, Reject, Pass`],
    [
      "{action: allow}",
      'p.yaml:4:35 spec.ingress.rules[0].action: must be one of Allow, Deny, Reject, Pass, got "allow"; did you mean "Allow"?',
    ],
    [
      "{action: Drop}",
      'p.yaml:4:35 spec.ingress.rules[0].action: must be one of Allow, Deny, Reject, Pass, got "Drop"',
    ],
    [
      "{action: Allow, to: []}",
      'p.yaml:4:42 spec.ingress.rules[0].to: unknown field here: ingress rules have "from"',
    ],
    [
      "{action: Allow, name: default}",
      'p.yaml:4:48 spec.ingress.rules[0].name: "default" names the default action in reports: choose another name',
    ],
    [
      '{action: Allow, name: "rules[0]"}',
      `p.yaml:4:48 spec.ingress.rules[0].name: "rules[0]" is not a name: 1 to 63 lower-case letters, digits and '-', beginning and ending with a letter or digit`,
    ],
    [
      "{action: Allow, name: a}, {action: Deny, name: a}",
      'p.yaml:4:73 spec.ingress.rules[1].name: "a" is taken by item 0 of this list: a name is given once',
    ],
    [
      "{action: Allow, from: []}",
      "p.yaml:4:48 spec.ingress.rules[0].from: must not be an empty list: remove the field, or fill the list",
    ],
    [
      "{action: Allow, ports: []}",
      "p.yaml:4:49 spec.ingress.rules[0].ports: must not be an empty list: remove the field, or fill the list",
    ],
    [
      "{action: Allow, log: 1}",
      "p.yaml:4:47 spec.ingress.rules[0].log: must be true or false, got 1",
    ],
  ])("%s", ([text, line]) => {
    expect(issuesOf(rule(text ?? ""))).toEqual([line]);
  });

  test("an empty list of rules is refused like every other empty list", () => {
    expect(issuesOf(policy("{ingress: {rules: []}}"))).toEqual([
      "p.yaml:4:25 spec.ingress.rules: must not be an empty list: remove the field, or fill the list",
    ]);
  });
});

describe("peers", () => {
  const kinds = "ipBlock, addressGroup, hostSelector, networkSelector, containerSelector";
  const at = (column: number, rest: string) =>
    `p.yaml:4:${String(column)} spec.ingress.rules[0].from[0]${rest}`;
  test.for<[string, string]>([
    ["{}", at(49, `: is empty: a peer is exactly one of ${kinds}; write one list item for each`)],
    [
      "{addressGroup: a, networkSelector: {}}",
      at(
        49,
        `: has addressGroup and networkSelector: a peer is exactly one of ${kinds}; write one list item for each`,
      ),
    ],
    ["{ipblock: {cidr: 10.0.0.0/8}}", at(50, '.ipblock: unknown field; did you mean "ipBlock"?')],
    ["10.0.0.0/8", at(49, ': must be a mapping, got "10.0.0.0/8"')],
    [
      "{addressGroup: Office}",
      at(
        64,
        `.addressGroup: "Office" is not a name: 1 to 63 lower-case letters, digits and '-', beginning and ending with a letter or digit`,
      ),
    ],
    ["{ipBlock: {}}", at(59, ".ipBlock.cidr: is required: text")],
    [
      "{ipBlock: {cidr: 10.0.0.1}}",
      at(66, '.ipBlock.cidr: "10.0.0.1" has no prefix length: write 10.0.0.1/32'),
    ],
    [
      "{ipBlock: {cidr: 10.0.0.1/8}}",
      at(
        66,
        '.ipBlock.cidr: "10.0.0.1/8" has bits set behind its prefix: write 10.0.0.0/8 for the block or 10.0.0.1/32 for the one address',
      ),
    ],
    [
      "{ipBlock: {cidr: 010.0.0.0/8}}",
      at(
        66,
        '.ipBlock.cidr: "010.0.0.0" has an octet with a leading zero, which some programs read as octal: remove the zero',
      ),
    ],
    [
      "{ipBlock: {cidr: 10.0.0.0/8, except: []}}",
      at(86, ".ipBlock.except: must not be an empty list: remove the field, or fill the list"),
    ],
    [
      "{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/8]}}",
      at(87, ".ipBlock.except[0]: 11.0.0.0/8 does not lie in 10.0.0.0/8, so it takes nothing out"),
    ],
    [
      '{ipBlock: {cidr: 10.0.0.0/8, except: ["2001:db8::/32"]}}',
      at(
        87,
        ".ipBlock.except[0]: 2001:db8::/32 does not lie in 10.0.0.0/8, so it takes nothing out",
      ),
    ],
    [
      "{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}",
      at(87, ".ipBlock.except[0]: 10.0.0.0/8 is all of 10.0.0.0/8, so nothing is left"),
    ],
    [
      `{ipBlock: {cidr: 10.0.0.0/8, except: [${Array<string>(101).fill("10.1.0.0/16").join(",")}]}}`,
      at(86, ".ipBlock.except: must have at most 100 items"),
    ],
  ])("%s", ([peer, line]) => {
    expect(issuesOf(rule(`{action: Allow, from: [${peer}]}`))).toEqual([line]);
  });
});

describe("ports", () => {
  const at = (column: number, rest: string) =>
    `p.yaml:4:${String(column)} spec.ingress.rules[0].ports[0]${rest}`;
  test.for<[string, ...string[]]>([
    ["{}", at(50, ": says nothing: give at least one of protocol, port and publishedPort")],
    ["80", at(50, ": must be a mapping, got 80")],
    ["{prot: TCP}", at(51, '.prot: unknown field; did you mean "protocol"?')],
    ["{port: 0}", at(57, ".port: must be at least 1, got 0")],
    ["{port: 70000}", at(57, ".port: must be at most 65535, got 70000")],
    ['{port: "80"}', at(57, '.port: must be a number, got "80"; remove the quotes')],
    ["{port: http}", at(57, '.port: must be a number, got "http"')],
    ["{port: 80-90}", at(57, '.port: must be a number, got "80-90"')],
    ["{port: 8100, endPort: 8000}", at(72, ".endPort: 8000 is below 8100, where the range begins")],
    ["{endPort: 8000}", at(60, ".endPort: needs port or publishedPort, where the range begins")],
    [
      "{port: 80, publishedPort: 8080}",
      at(
        76,
        ".publishedPort: stands beside port: a port is the container's or the published one; write two entries to match both",
      ),
    ],
    [
      "{protocol: tcp, port: 80}",
      at(61, '.protocol: must be one of TCP, UDP, ICMP, got "tcp"; did you mean "TCP"?'),
    ],
    ["{protocol: SCTP}", at(61, '.protocol: must be one of TCP, UDP, ICMP, got "SCTP"')],
    [
      "{protocol: ICMP, port: 8}",
      at(73, ".port: ICMP has no ports: remove it, or choose TCP or UDP"),
    ],
    [
      "{protocol: ICMP, publishedPort: 8, endPort: 9}",
      at(82, ".publishedPort: ICMP has no ports: remove it, or choose TCP or UDP"),
      at(94, ".endPort: ICMP has no ports: remove it, or choose TCP or UDP"),
    ],
  ])("%s", ([port, ...expected]) => {
    expect(issuesOf(rule(`{action: Allow, ports: [${port}]}`))).toEqual(expected);
  });

  test("a published port is nothing that egress or internal could match", () => {
    expect(
      issuesOf(policy("{egress: {rules: [{action: Allow, ports: [{publishedPort: 80}]}]}}")),
    ).toEqual([
      "p.yaml:4:50 spec.egress.rules[0].ports[0].publishedPort: unknown field here: only ingress rules have it, a published port is where traffic comes in",
    ]);
  });
});

test("every mistake in a document is told at once", () => {
  expect(issuesOf(rule("{action: allow, prots: [], from: [{}]}"))).toHaveLength(3);
});
