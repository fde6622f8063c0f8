import { expect, test } from "vitest";
import { namesHosts } from "./names-hosts.ts";
import { parseManifests } from "./parse-manifests.ts";

function parse(name: string, spec: string) {
  const content = `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
  return parseManifests([{ name, content }]).resources.map(({ resource }) => resource);
}

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
  const tree = [...parse("other", "{egress: {}}"), ...parse("p", spec)];
  expect([tree.length, namesHosts(tree)]).toEqual([2, is]);
});
