import fc from "fast-check";
import { expect, test } from "vitest";
import { parseManifests } from "./parse-manifests.ts";
import { resourceDocument, resourceOfDocument } from "./resource.ts";
import { unsupportedIssues } from "./unsupported.ts";
import { validateTree } from "./validate-tree.ts";

const manifest = `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: a, labels: {x: y}}
spec:
  priority: 7
  hostSelector: {matchExpressions: [{key: role, operator: In, values: [db]}]}
  ingress:
    defaultAction: Deny
    rules:
      - name: office
        action: Allow
        from: [{ipBlock: {cidr: 10.0.0.0/8, except: ["10.1.0.0/16"]}}, {addressGroup: b}]
        ports:
          - {port: 80, endPort: 90}
          - publishedPort: 443
---
apiVersion: seawall/v1
kind: AddressGroup
metadata: &m {name: b}
spec: {cidrs: ["2001:db8::/32"]}
`;

/** A manifest as it looks while somebody is typing: pieces gone, doubled, moved, and signs that mean something to YAML. */
const damaged = fc
  .array(
    fc.record({
      at: fc.nat(manifest.length),
      remove: fc.nat(12),
      insert: fc.oneof(
        fc.constantFrom(
          "",
          "\n",
          "  ",
          "- ",
          ": ",
          "{",
          "}",
          "[",
          "]",
          "*m",
          "&m ",
          "!t ",
          "'",
          '"',
          "|\n",
          "? ",
          "---\n",
          "null",
          "~",
          "1e9",
          "\t",
          "\u0000",
          "__proto__: ",
        ),
        fc.string({ maxLength: 3 }),
        fc.nat(manifest.length - 20).map((from) => manifest.slice(from, from + 20)),
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((edits) =>
    edits.reduce(
      (text, { at, remove, insert }) => `${text.slice(0, at)}${insert}${text.slice(at + remove)}`,
      manifest,
    ),
  );

test("whatever the text is, the answer is resources or issues with a place", () => {
  fc.assert(
    fc.property(fc.oneof(damaged, fc.string(), fc.string({ unit: "binary" })), (content) => {
      const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
      expect(resources.length + issues.length).toBeGreaterThan(0);
      const lines = content.split(/\r\n|\n/).length;
      const all = [
        ...issues,
        ...resources.flatMap(unsupportedIssues),
        ...validateTree(
          resources.map(({ resource }) => resource),
          resources,
        ),
      ];
      for (const { place, message } of all) {
        expect(place?.line).toBeLessThanOrEqual(lines);
        expect(place?.column).toBeGreaterThan(0);
        expect(message).not.toMatch(/\p{Cc}/u);
      }
      for (const { resource } of resources) {
        expect(resourceOfDocument(resourceDocument(resource))).toEqual(resource);
      }
    }),
    { numRuns: 2000 },
  );
});
