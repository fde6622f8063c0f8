import { expect, test } from "vitest";
import { parseManifests } from "./parse-manifests.ts";

function problems(policyTest: string): readonly string[] {
  return parseManifests([
    {
      name: "p.yaml",
      content: `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: a}\nspec: {tests: [${policyTest}]}\n`,
    },
  ]).issues.map(({ path, message }) => `${path.replace("spec.tests[0]", "")}: ${message}`);
}

const rest = "expect: Deny}";

test.for([
  ["{from: 10.0.0.0/8, to: {network: a, port: 1, publishedPort: 2}, ", []],
  ["{name: x, from: {network: a}, to: {address: '::/0', protocol: ICMP}, ", []],
  [
    "{from: 10.0.0.1/8, to: {network: a}, ",
    [
      '.from: "10.0.0.1/8" has bits set behind its prefix: write 10.0.0.0/8 for the block or 10.0.0.1/32 for the one address',
    ],
  ],
  [
    "{from: [a], to: {network: a}, ",
    [".from: must be an address, a CIDR, or {network: NAME}, got a list"],
  ],
  [
    "{from: {net: a}, to: {address: 10.0.0.1}, ",
    [".from: must be an address, a CIDR, or {network: NAME}, got a mapping"],
  ],
  [
    "{from: 10.0.0.1, to: {address: 10.0.0.2}, ",
    [
      ".to: needs network: what comes from an address is judged at a Docker network",
      ".to.address: stands beside an address in from: traffic that no network has",
    ],
  ],
  [
    "{from: {network: a}, to: {network: b, publishedPort: 1}, ",
    [
      ".to: needs address: what leaves a network is judged by where it goes",
      ".to.network: stands beside a network in from: write the address it goes to",
      ".to.publishedPort: is where traffic comes in: remove it, or test from an address",
    ],
  ],
  [
    "{from: 10.0.0.1, to: {network: a, protocol: ICMP, port: 1}, ",
    [".to.port: ICMP has no ports: remove it, or choose TCP or UDP"],
  ],
] as const)("%s", ([text, expected]) => {
  expect(problems(text + rest)).toEqual(expected);
});

test("a name is given once", () => {
  const one = `{name: x, from: 10.0.0.1, to: {network: a}, ${rest}`;
  expect(problems(`${one}, ${one}`)).toHaveLength(1);
});
