import { type DesiredState, viewOfNetworks } from "@seawall/policy";
import { expect, test } from "vitest";
import { createHostTests } from "./host-tests.ts";
import { network } from "./testing/fakes.ts";

const desired: DesiredState = {
  policies: [
    {
      name: "p",
      tier: "Standard",
      priority: 500,
      networkSelector: { names: ["shop*"] },
      ingress: { defaultAction: "Deny", rules: [] },
      tests: [
        { name: "web", from: "192.0.2.1", to: { network: "shop", port: 80 }, expect: "Allow" },
        { from: "192.0.2.1", to: { network: "shop", port: 81 }, expect: "Deny" },
      ],
    },
  ],
};
const shop = viewOfNetworks([network("shop", "0a1b2c3d4e5f")]);

test("names policy, test, packet and what decides; follows policies and networks", () => {
  const failing = createHostTests();
  const said = [
    "policy p: test web fails: 192.0.2.1 to shop TCP/80 must be Allow and is Deny: the ingress defaultAction of FleetPolicy/p decides",
  ];
  expect(failing(desired, shop)).toEqual(said);
  expect(failing(desired, { ...shop })).toEqual(said);
  expect(failing(desired, viewOfNetworks([]))).toEqual([]);
  expect(failing(desired, shop)).toEqual(said);
  expect(failing({ policies: [] }, shop)).toEqual([]);
});

test("what is as it was is not judged again", () => {
  const failing = createHostTests();
  expect(failing(desired, { ...shop, networks: [...shop.networks] })).toBe(failing(desired, shop));
});
