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
  ["{from: {network: a}, to: {network: b, publishedPort: 1}, ", []],
  ["{from: {container: a, network: b}, to: {container: c}, ", []],
  [
    "{from: [a], to: {network: a}, ",
    [".from: must be an address, a CIDR, {network: NAME} or {container: NAME}, got a list"],
  ],
  [
    "{from: {wibble: a}, to: {address: 10.0.0.1}, ",
    [".from.wibble: unknown field; known here: network, container"],
  ],
  ["{from: {}, to: {address: 10.0.0.1}, ", [".from: is empty: give network or container"]],
  [
    "{from: 10.0.0.1, to: {address: 10.0.0.2}, ",
    [".to: needs network or container: traffic from an address is judged there"],
  ],
  [
    "{from: {network: a}, to: {network: b, address: 10.0.0.2}, ",
    [".to.address: stands beside network or container: write one or the other"],
  ],
  [
    "{from: {network: a}, to: {port: 1}, ",
    [".to: needs network, container or address: where it goes"],
  ],
  [
    "{from: {network: a}, to: {address: 10.0.0.2, publishedPort: 1}, ",
    [
      ".to.publishedPort: belongs to a container of the host: remove it, or write network or container",
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
