import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type Bundle, decodeBundle, encodeBundle } from "./bundle.ts";
import { createBundleDecoder } from "./bundle-decoder.ts";
import type { DesiredPolicy, DesiredState } from "./desired-state.ts";

function policy(name: string, rule = "first"): DesiredPolicy {
  return {
    ...{ name, tier: "Standard", priority: 500, networkSelector: { names: ["shop"] } },
    ingress: { defaultAction: "Deny", rules: [{ name: rule, action: "Allow" }] },
  };
}

function bundle(generation: number, desired: DesiredState): Bundle {
  return {
    ...{ format: 1, requires: [], host: "shop-01", epoch: 1, generation, revision: 3 },
    desired,
  };
}

/** What the decoder says of the second, and which of its policies are objects of the first, by their names. */
function secondOf(first: DesiredState, second: DesiredState) {
  const decode = createBundleDecoder();
  const [before, after] = [first, second].map((desired, index) => {
    const bytes = encodeBundle(bundle(index, desired));
    const decoded = decode(bytes);
    expect(decoded).toEqual(decodeBundle(bytes));
    return decoded.ok ? decoded.bundle.desired.policies : [];
  });
  const kept = after?.filter((one) => before?.includes(one));
  return kept?.map(({ name }) => name).join(" ");
}

const [a, b, c, d] = [policy("a"), policy("b"), policy("c"), policy("d")];
const changed = { a: policy("a", "second"), b: policy("b", "second"), d: policy("d", "second") };

test.for<[string, readonly DesiredPolicy[], readonly DesiredPolicy[], string]>([
  ["all that is the same", [a, b, c], [a, b, c], "a b c"],
  ["what is ahead of a change and behind it", [a, b, c], [a, changed.b, c], "a c"],
  ["what is behind the first", [a, b, c], [changed.a, b, c], "b c"],
  ["what is between two changes", [a, b, c, d], [changed.a, b, c, changed.d], "b c"],
  ["what is around one that was added", [a, c], [a, b, c], "a c"],
  ["what is around one that was removed", [a, b, c], [a, c], "a c"],
  ["what was moved", [a, b, c], [c, a, b], "c a b"],
  ["the only one", [a], [a], "a"],
  ["nothing of nothing", [a], [], ""],
  ["nothing that was not there", [], [a], ""],
])("keeps %s", ([, before, after, kept]) => {
  expect(secondOf({ policies: before }, { policies: after })).toBe(kept);
});

test("keeps policies where an option changes", () => {
  const options = { drift: "Warn" } as const;
  expect(secondOf({ policies: [a, b] }, { policies: [a, b], options })).toBe("a b");
});

const known = JSON.stringify(bundle(1, { policies: [a, b, c] }));

test.for<[string, (json: string) => string]>([
  ["nothing at all", () => ""],
  ["a comma too many", (json) => json.replace('},{"name":"b"', '},,{"name":"b"')],
  ["a comma at the end", (json) => json.replace("]}}", ",]}}")],
  ["no comma", (json) => json.replace('},{"name":"b"', '}{"name":"b"')],
  ["a list that ends early", (json) => json.replace('},{"name":"b"', '}],[{"name":"b"')],
  ["a space", (json) => json.replace('{"name":"b"', ' {"name":"b"')],
  ["a field in another place", (json) => json.replace('"host"', '"more":1,"host"')],
  ["an unknown field of a policy", (json) => json.replace('"name":"b"', '"name":"b","more":1')],
  ["a field that is there twice", (json) => json.replace('"name":"b"', '"name":"x","name":"b"')],
  ["policies twice", (json) => json.replace("]}}", '],"policies":[]}}')],
  [
    "desired twice",
    (json) => json.replace("]}}", '],"options":{}},"desired": {"policies": [] } }'),
  ],
  ["an unknown feature", (json) => json.replace('"requires":[]', '"requires":["teleport"]')],
  ["something behind the end", (json) => `${json} 1`],
])("says of %s what decodeBundle says", ([, change]) => {
  const decode = createBundleDecoder();
  decode(gzipSync(known));
  const json = change(known);
  expect(json).not.toBe(known);
  expect(decode(gzipSync(json))).toEqual(decodeBundle(gzipSync(json)));
});

test("what was refused is not kept", () => {
  const decode = createBundleDecoder();
  const bad = gzipSync(known.replace('"action":"Allow"', '"action":"Maybe"'));
  expect(decode(bad)).toMatchObject({ ok: false, reason: "Malformed" });
  expect(decode(bad)).toEqual(decodeBundle(bad));
});
