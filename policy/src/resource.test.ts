import { expect, test } from "vitest";
import { parseManifests } from "./parse-manifests.ts";
import { type Resource, resourceDocument, resourceOfDocument } from "./resource.ts";

function only(content: string): Resource {
  const [parsed] = parseManifests([{ name: "p.yaml", content }]).resources;
  if (parsed === undefined) {
    throw new Error("no resource");
  }
  return parsed.resource;
}

const written = only(`
spec:
  ingress: {rules: [{ports: [{port: 80}], action: Allow, name: web}], defaultAction: Deny}
  hostSelector: {matchLabels: {b: "2", a: "1"}}
kind: FleetPolicy
metadata: {labels: {y: b, x: a}, name: web}
apiVersion: seawall/v1
`);
const sameInOtherOrder = only(`
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: web, labels: {x: a, y: b}}
spec:
  hostSelector:
    matchLabels:
      a: "1" # one
      b: "2"
  ingress:
    defaultAction: Deny
    rules:
      - name: web
        action: Allow
        ports:
          - port: 80
`);

test("the document of a resource does not depend on the layout of its file", () => {
  expect(resourceDocument(written)).toBe(resourceDocument(sameInOtherOrder));
});

test("an explicit default is what its author wrote, so it is another document", () => {
  const explicit = only(`
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: a}
spec: {priority: 500, ingress: {}}`);
  const absent = only(`
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: a}
spec: {ingress: {}}`);
  expect(resourceDocument(explicit)).not.toBe(resourceDocument(absent));
});

test("read back, the fields stand in the order of the reference and labels in that of the alphabet", () => {
  const read = resourceOfDocument(resourceDocument(written));
  expect(read).toEqual(written);
  expect(JSON.stringify(read)).toBe(
    '{"apiVersion":"seawall/v1","kind":"FleetPolicy","metadata":{"name":"web","labels":{"x":"a","y":"b"}},' +
      '"spec":{"hostSelector":{"matchLabels":{"a":"1","b":"2"}},"ingress":{"defaultAction":"Deny",' +
      '"rules":[{"name":"web","action":"Allow","ports":[{"port":80}]}]}}}',
  );
});

test("a stored text of another version is not taken", () => {
  const text = resourceDocument(written).replace('"action":"Allow"', '"action":"Allow","burst":5');
  expect(() => resourceOfDocument(text)).toThrow("burst");
});
