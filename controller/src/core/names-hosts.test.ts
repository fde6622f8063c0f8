import { expect, test } from "vitest";
import { policyTree } from "../testing/policy-tree.ts";
import { namesHosts } from "./names-hosts.ts";

const app = "{hostSelector: {matchLabels: {role: app}}}";

test.for([
  { spec: `{ingress: {rules: [{action: Allow, from: [${app}]}]}}`, is: true },
  { spec: `{egress: {rules: [{action: Deny, to: [{addressGroup: a}, ${app}]}]}}`, is: true },
  { spec: `{internal: {rules: [{action: Deny, from: [${app}]}]}}`, is: true },
  { spec: `{internal: {rules: [{action: Deny, to: [${app}]}]}}`, is: true },
  { spec: "{hostSelector: {matchLabels: {role: app}}, ingress: {}}", is: false },
  {
    spec: "{ingress: {rules: [{action: Allow, from: [{containerSelector: {}}]}, {action: Deny}]}}",
    is: false,
  },
])("$spec: $is", ({ spec, is }) => {
  expect(namesHosts(policyTree({ other: "{egress: {}}", p: spec }))).toBe(is);
});
