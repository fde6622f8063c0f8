import { expect, test } from "vitest";
import type { DesiredPolicy } from "./desired-state.ts";
import { viewOfNetworks } from "./host-view.ts";
import { isFailure, judgeTestsOnHost } from "./policy-tests.ts";
import { failureText } from "./policy-tests-issues.ts";

const shop = {
  ...{ id: "1", name: "shop", driver: "bridge", bridge: "br-1" },
  ...{ subnets: [], labels: {}, internal: false },
};
const closed: DesiredPolicy = {
  name: "closed",
  tier: "Standard",
  priority: 500,
  networkSelector: { names: ["shop"] },
  ingress: { defaultAction: "Deny", rules: [] },
  tests: [
    { from: "192.0.2.1", to: { network: "shop", port: 80 }, expect: "Deny" },
    { from: "192.0.2.1", to: { network: "elsewhere", port: 80 }, expect: "Deny" },
  ],
};
const open: DesiredPolicy = {
  name: "open",
  tier: "Guardrail",
  priority: 500,
  networkSelector: {},
  ingress: { defaultAction: "Allow", rules: [{ name: "web", action: "Allow" }] },
};

const judged = (policies: readonly DesiredPolicy[]) =>
  judgeTestsOnHost({ policies }, viewOfNetworks([shop])).map(
    ({ policy, index, test: one, outcome }) =>
      `${policy} ${String(index)} ${outcome.kind} ${isFailure(outcome) ? failureText({ test: one }, outcome) : ""}`,
  );

test("every policy of the host has its say", () => {
  expect(judged([closed])).toEqual(["closed 0 Passed ", "closed 1 Skipped "]);
  expect(judged([open, closed])).toEqual([
    "closed 0 Failed 192.0.2.1 to shop TCP/80 must be Deny and is Allow: ingress rule web of FleetPolicy/open decides",
    "closed 1 Skipped ",
  ]);
});
