import type { SetHostRequest__Output } from "@seawall/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { duplicate } from "../core/testing/duplicate.ts";
import { admin } from "../testing/callers.ts";
import { enrolledHost, MemoryFleet } from "../testing/memory-fleet.ts";
import { setHost } from "./host-writes.ts";

let fleet: MemoryFleet;
beforeEach(() => {
  fleet = new MemoryFleet([
    { ...enrolledHost("web", { env: "prod" }), addresses: ["192.0.2.7/32"] },
    enrolledHost("db"),
  ]);
});

const request = (wish: Partial<SetHostRequest__Output>): SetHostRequest__Output => ({
  host: "web",
  mode: "",
  setAddresses: false,
  addresses: [],
  options: {},
  endQuarantine: false,
  ...wish,
});
const web = () => {
  const { mode, addresses, options } = fleet.host("web") ?? {};
  return [mode, addresses, options];
};

describe("setHost", () => {
  test.for<{ name: string; wish: Partial<SetHostRequest__Output>; is: unknown }>([
    {
      name: "the mode alone leaves the addresses",
      wish: { mode: "Audit" },
      is: ["Audit", ["192.0.2.7/32"], {}],
    },
    {
      name: "the addresses alone leave the mode; they are written as CIDRs, once each",
      wish: { setAddresses: true, addresses: ["2001:DB8::1", "192.0.2.9/32", "192.0.2.9"] },
      is: ["Enforce", ["192.0.2.9/32", "2001:db8::1/128"], {}],
    },
    {
      name: "both at once",
      wish: { mode: "Audit", setAddresses: true, addresses: ["192.0.2.9"] },
      is: ["Audit", ["192.0.2.9/32"], {}],
    },
    { name: "no addresses at all", wish: { setAddresses: true }, is: ["Enforce", [], {}] },
    {
      name: "an option alone",
      wish: { options: { forwardGuard: "Off" } },
      is: ["Enforce", ["192.0.2.7/32"], { forwardGuard: "Off" }],
    },
    {
      name: "an option as it is anyway is not kept",
      wish: { options: { forwardGuard: "On" } },
      is: ["Enforce", ["192.0.2.7/32"], {}],
    },
  ])("$name", async ({ wish, is }) => {
    await setHost(request(wish), admin, fleet);
    expect(web()).toEqual(is);
    expect(fleet.host("web")?.labels).toEqual({ env: "prod" });
  });

  test("answers with the host as it is now", async () => {
    const { items } = await setHost(request({ mode: "Audit" }), admin, fleet);
    expect(items?.map((item): unknown => JSON.parse(item))).toMatchObject([
      { metadata: { name: "web" }, spec: { mode: "Audit", addresses: ["192.0.2.7/32"] } },
    ]);
  });

  test("what somebody else changes at the same time is kept", async () => {
    const before = fleet.host.bind(fleet);
    let looks = 0;
    fleet.host = (name) => {
      const host = before(name);
      if (++looks === 1 && host !== undefined)
        fleet.enrolled.set(name, { ...host, labels: { env: "test" } });
      return host;
    };
    await setHost(request({ mode: "Audit" }), admin, fleet);
    expect(before("web")).toMatchObject({ mode: "Audit", labels: { env: "test" } });
  });

  test.for([
    { name: "ends when that is said", wish: { endQuarantine: true }, is: undefined },
    { name: "lasts through any other change", wish: { mode: "Audit" }, is: duplicate },
  ])("a quarantine $name", async ({ wish, is }) => {
    fleet.enrolled.set("web", { ...enrolledHost("web"), quarantine: duplicate });
    await setHost(request(wish), admin, fleet);
    expect(fleet.host("web")?.quarantine).toEqual(is);
  });

  test.for<{ wish: Partial<SetHostRequest__Output>; reason: string; message: string }>([
    {
      wish: {},
      reason: "InvalidRequest",
      message: "nothing to set: name a mode, options or addresses",
    },
    {
      wish: { mode: "audit" },
      reason: "InvalidRequest",
      message: 'mode: "audit" is not Enforce or Audit',
    },
    {
      wish: { options: { guard: "Off" } },
      reason: "InvalidRequest",
      message:
        'there is no option "guard"; there is enforcement, forwardGuard, inputGuard, managementGuard, newNetworks, drift',
    },
    {
      wish: { setAddresses: true, addresses: ["192.0.2.9", "10.0.0.0/8"] },
      reason: "InvalidRequest",
      message:
        'address "10.0.0.0/8" is a block of addresses: name the host\'s own ones, each alone',
    },
    {
      wish: {
        setAddresses: true,
        addresses: Array.from({ length: 65 }, (_, i) => `192.0.2.${String(i)}`),
      },
      reason: "InvalidRequest",
      message: "65 addresses: a host may have at most 64",
    },
    {
      wish: { host: "nobody", mode: "Audit" },
      reason: "NotFound",
      message: 'host "nobody" not found',
    },
  ])("refused, nothing changed: $message", async ({ wish, reason, message }) => {
    await expect(setHost(request(wish), admin, fleet)).rejects.toMatchObject({ reason, message });
    expect(web()).toEqual(["Enforce", ["192.0.2.7/32"], {}]);
  });
});
