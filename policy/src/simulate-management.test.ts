import { describe, expect, test } from "vitest";
import { parseAddress } from "./cidr.ts";
import type { DesiredState } from "./desired-state.ts";
import type { ChosenHostOptions } from "./host-options.ts";
import { type HostView, unknownEngine } from "./host-view.ts";
import { resolve } from "./resolve.ts";
import { type Packet, simulate } from "./simulate.ts";

const view: HostView = {
  networks: [
    {
      ...{ id: "1", name: "ops", driver: "bridge", bridge: "br-ops", subnets: ["10.1.0.0/16"] },
      ...{ labels: {}, internal: false },
    },
  ],
  containers: [
    {
      ...{ id: "c", name: "nats", labels: {}, hostNetwork: false },
      attachments: [{ networkId: "1", addresses: ["10.1.0.2", "fd00::2"] }],
      published: [
        { protocol: "TCP", hostAddress: "0.0.0.0", hostPort: 7422, containerPort: 4222 },
        { protocol: "TCP", hostAddress: "::", hostPort: 7422, containerPort: 4222 },
        { protocol: "TCP", hostAddress: "0.0.0.0", hostPort: 8222, containerPort: 8222 },
      ],
    },
  ],
  interfaces: ["eth0"],
  addresses: [],
  engine: unknownEngine,
  management: [
    { address: "192.0.2.11", port: 7422, container: "nats" },
    { address: "2001:db8::11", port: 7422, container: "nats" },
  ],
};

/** Nothing comes in, nothing goes out, nothing to the host. */
function closed(options: DesiredState["options"] = {}): DesiredState {
  const deny = { defaultAction: "Deny", rules: [] } as const;
  return {
    policies: [
      {
        ...{ name: "closed", tier: "Guardrail", priority: 0, networkSelector: {} },
        ...{ ingress: deny, egress: { ...deny, host: true }, internal: deny },
      },
    ],
    options,
  };
}

function address(text: string) {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}

/** As Docker redirects what was sent to port 7422 of this address. */
function redirected(to: string, changes: Partial<Packet> = {}): Packet {
  const isFour = !to.includes(":");
  return {
    protocol: "TCP",
    source: address(isFour ? "203.0.113.7" : "2001:db8:7::7"),
    destination: address(isFour ? "10.1.0.2" : "fd00::2"),
    destinationPort: 4222,
    publishedPort: 7422,
    publishedAddress: address(to),
    in: "eth0",
    out: "br-ops",
    ...changes,
  };
}

/** As it comes to the host itself, where docker-proxy answers. */
function unredirected(to: string, changes: Partial<Packet> = {}): Packet {
  const { source } = redirected(to);
  return {
    ...{ protocol: "TCP", source, destination: address(to), destinationPort: 7422, in: "eth0" },
    ...changes,
  };
}

describe("where agents reach NATS, nobody is denied", () => {
  test.each<[string, Packet]>([
    ["by IPv4", redirected("192.0.2.11")],
    ["by IPv6", redirected("2001:db8::11")],
    ["by docker-proxy", unredirected("192.0.2.11")],
    ["by docker-proxy in IPv6", unredirected("2001:db8::11")],
    ["from a container", redirected("192.0.2.11", { in: "br-ops" })],
    [
      "whichever container it is led to",
      redirected("192.0.2.11", { destination: address("10.9.9.9") }),
    ],
  ])("%s", (_, packet) => {
    expect(simulate(resolve(closed(), view), packet)).toMatchObject({
      action: "Allow",
      judgements: [],
      management: { port: 7422, container: "nats" },
    });
  });

  test("and nothing is counted as what would be denied", () => {
    const [policy] = closed().policies;
    if (policy === undefined) throw new Error("no policy");
    const audited: DesiredState = { policies: [{ ...policy, mode: "Audit" }] };
    const verdict = simulate(resolve(audited, view), redirected("192.0.2.11"));
    expect(verdict.wouldDeny).toBeUndefined();
  });
});

describe("and only there", () => {
  const off: ChosenHostOptions = { managementGuard: "Off" };
  test.each<[string, Packet, DesiredState["options"]?]>([
    ["another address of the host", redirected("192.0.2.12")],
    [
      "an address that is not known",
      { ...redirected("192.0.2.11"), publishedAddress: address("::") },
    ],
    ["another published port of the container", redirected("192.0.2.11", { publishedPort: 8222 })],
    ["the container's own address", directly()],
    ["another protocol", redirected("192.0.2.11", { protocol: "UDP" })],
    ["another port of the host", unredirected("192.0.2.11", { destinationPort: 8222 })],
    ["while the guard is off", redirected("192.0.2.11"), off],
    ["by docker-proxy while the guard is off", unredirected("192.0.2.11"), off],
  ])("%s", (_, packet, options) => {
    expect(simulate(resolve(closed(options), view), packet)).toMatchObject({ action: "Deny" });
  });

  function directly(): Packet {
    const { protocol, source, destination } = redirected("192.0.2.11");
    return { protocol, source, destination, destinationPort: 7422, in: "eth0", out: "br-ops" };
  }
});

test("one address and port is there once, in an order of its own", () => {
  const { management } = view;
  const twice = { ...view, management: [...management.toReversed(), ...management] };
  expect(resolve(closed(), twice).management).toEqual(resolve(closed(), view).management);
  expect(resolve(closed(), view).management).toHaveLength(2);
});
