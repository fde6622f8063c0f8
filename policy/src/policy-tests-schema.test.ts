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
    [
      ".from: must be an address, a CIDR, {network: NAME}, {container: NAME} or {address: CIDR, interface: NAME}, got a list",
    ],
  ],
  [
    "{from: {wibble: a}, to: {address: 10.0.0.1}, ",
    [".from.wibble: unknown field; known here: network, container, address, interface"],
  ],
  [
    "{from: {}, to: {address: 10.0.0.1}, ",
    [".from: is empty: give network or container, or address and interface"],
  ],
  [
    "{from: 10.0.0.1, to: {address: 10.0.0.2}, ",
    [
      ".to: needs network or container, or an interface at either end: traffic between addresses is judged there",
    ],
  ],
  ["{from: {address: 10.0.0.0/8, interface: wg0}, to: {address: 10.9.0.5, port: 1}, ", []],
  ["{from: '2001:db8::1', to: {address: '::/0', interface: eth1.20}, ", []],
  ["{from: {address: 10.0.0.1}, to: {network: a}, ", []],
  ...["lo", "docker0", "br-0a1b2c3d4e5f"].map((name): [string, string[]] => [
    `{from: {address: 10.0.0.1, interface: ${name}}, to: {address: 10.9.0.5}, `,
    [
      ".from.interface: carries nothing that is forwarded outside Docker: name a network, or another interface",
    ],
  ]),
  [
    "{from: {address: 10.0.0.1, interface: wg0}, to: {network: a}, ",
    [".from.interface: stands only where both ends are addresses: remove it"],
  ],
  [
    "{from: {network: a}, to: {address: 10.0.0.1, interface: wg0}, ",
    [".to.interface: stands only where both ends are addresses: remove it"],
  ],
  [
    "{from: {network: a, interface: wg0}, to: {address: 10.0.0.1}, ",
    [".from.interface: stands only where both ends are addresses: remove it"],
  ],
  [
    "{from: {interface: wg0}, to: {address: 10.0.0.1}, ",
    [".from: is empty: give network or container, or address and interface"],
  ],
  [
    "{from: {address: 10.0.0.1, interface: wg0}, to: {address: '::/0'}, ",
    [".to.address: is of another IP version than from: no packet has both"],
  ],
  [
    "{from: {address: 10.0.0.1, interface: 'eth+'}, to: {address: 10.0.0.2}, ",
    [".from.interface: is not the name of a network interface"],
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
