import { gzipSync } from "node:zlib";
import {
  type Bundle,
  createBundleDecoder,
  type DesiredPolicy,
  decodeBundle,
} from "@seawall/policy";
import fc from "fast-check";
import { expect, test } from "vitest";

const pool = ["a", "b", 'c"},{"name":"a', 'd],"options":{', "é"].flatMap((name) =>
  (["Allow", "Deny"] as const).map(
    (action): DesiredPolicy => ({
      ...{ name, tier: "Standard", priority: 500, networkSelector: { names: [name] } },
      ingress: { defaultAction: action, rules: [{ name: "r", action: "Allow" }] },
    }),
  ),
);

const bundles = fc
  .record({
    generation: fc.nat({ max: 9 }),
    policies: fc.array(fc.constantFrom(...pool), { maxLength: 6 }),
    options: fc.constantFrom(undefined, {}, { drift: "Warn" as const }),
  })
  .map(({ generation, policies, options }): Bundle => {
    const id = { requires: [], host: "h", epoch: 1, generation, revision: 1 };
    return { format: 1, ...id, desired: { policies, ...(options && { options }) } };
  });

/** Pieces by which JSON becomes other JSON, or none. */
const pieces = [
  ...["[", "]", "{", "}", ",", ":", '"', " ", "0", "é", "],[", "},{", "]}}"],
  ...['"policies":[', '"desired":{"policies":['],
];

const damage = fc
  .record({
    at: fc.nat({ max: 2_000 }),
    gone: fc.nat({ max: 12 }),
    put: fc.array(fc.constantFrom(...pieces), { maxLength: 2 }),
  })
  .map(({ at, gone, put }) => (json: string) => {
    const place = at % json.length;
    return `${json.slice(0, place)}${put.join("")}${json.slice(place + gone)}`;
  });

const jsons = fc
  .tuple(bundles, fc.option(damage, { freq: 2 }))
  .map(([bundle, damaged]) => (damaged ?? String)(JSON.stringify(bundle)));

test("a decoder that remembers says what one says that does not", () => {
  fc.assert(
    fc.property(fc.array(jsons, { minLength: 2, maxLength: 5 }), (texts) => {
      const decode = createBundleDecoder();
      for (const bytes of texts.map((text) => gzipSync(text))) {
        expect(decode(bytes)).toEqual(decodeBundle(bytes));
      }
    }),
    { numRuns: 500 },
  );
});
