import { expect, test } from "vitest";
import { compile } from "./compile.ts";
import { parseManifests } from "./parse-manifests.ts";
import { host, network } from "./testing/judged-host.ts";
import { withoutDenyDefault } from "./without-deny-default.ts";

const view = host([network("shop"), network("web"), network("lan", { driver: "macvlan" })]);

test.for<{ name: string; spec: string; mode?: "Enforce" | "Audit"; is: readonly string[] }>([
  { name: "all denied", spec: "{ingress: {defaultAction: Deny}}", is: [] },
  { name: "all rejected", spec: "{ingress: {defaultAction: Reject}}", is: [] },
  {
    name: "one network denied",
    spec: "{networkSelector: {names: [shop]}, ingress: {defaultAction: Deny}}",
    is: ["web"],
  },
  {
    name: "some denied by a rule, the rest allowed",
    spec: "{ingress: {rules: [{action: Deny}]}}",
    is: ["shop", "web"],
  },
  {
    name: "what goes out is another matter",
    spec: "{egress: {defaultAction: Deny}}",
    is: ["shop", "web"],
  },
  {
    name: "the containers that there are now, and no others",
    spec: "{containerSelector: {names: ['*']}, ingress: {defaultAction: Deny}}",
    is: ["shop", "web"],
  },
  {
    name: "a policy in Audit",
    spec: "{mode: Audit, ingress: {defaultAction: Deny}}",
    is: ["shop", "web"],
  },
  {
    name: "a host in Audit",
    spec: "{ingress: {defaultAction: Deny}}",
    mode: "Audit",
    is: ["shop", "web"],
  },
])("open by default, with $name: $is", ({ spec, mode = "Enforce", is }) => {
  const content = `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: p}\nspec: ${spec}\n`;
  const { resources } = parseManifests([{ name: "p.yaml", content }]);
  const tree = resources.map(({ resource }) => resource);
  const desired = compile(tree, [], { name: "h", labels: {}, mode });
  expect(withoutDenyDefault(desired, view).map(({ name }) => name)).toEqual(is);
});
