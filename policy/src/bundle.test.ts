import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  type Bundle,
  BundleTooLargeError,
  bundleLimits,
  decodeBundle,
  encodeBundle,
} from "./bundle.ts";
import { formatCidr } from "./cidr.ts";

const bundle: Bundle = {
  format: 1,
  requires: [],
  host: "shop-01",
  epoch: 1,
  generation: 7,
  revision: 3,
  desired: {
    policies: [
      {
        name: "protect-mysql",
        tier: "Standard",
        priority: 500,
        networkSelector: {
          names: ["shop_*"],
          labels: {
            matchLabels: { a: "b" },
            matchExpressions: [
              { key: "c", operator: "Exists" },
              { key: "d", operator: "In", values: ["e"] },
            ],
          },
        },
        ingress: {
          defaultAction: "Deny",
          rules: [
            {
              name: "office",
              action: "Allow",
              from: { addresses: { v4: ["198.51.100.0/24"], v6: ["2001:db8:7::/48"] } },
              ports: [
                { kind: "port", protocol: "TCP", ports: { first: 3306, last: 3306 } },
                { kind: "port", protocol: "UDP" },
                { kind: "publishedPort", protocol: "TCP", ports: { first: 80, last: 90 } },
                { kind: "icmp" },
              ],
            },
            { name: "rules[1]", action: "Reject", from: { addresses: { v4: [], v6: [] } } },
          ],
        },
        egress: { defaultAction: "Allow", rules: [] },
      },
    ],
  },
};

function bytes(value: unknown): Buffer {
  return gzipSync(Buffer.from(typeof value === "string" ? value : JSON.stringify(value)));
}

/** The bundle with one thing changed, as something else than this version might have written it. */
function changed(change: (json: string) => string): Buffer {
  const json = JSON.stringify(bundle);
  const next = change(json);
  expect(next).not.toBe(json);
  return bytes(next);
}

test("what was encoded is decoded", () => {
  expect(decodeBundle(encodeBundle(bundle))).toEqual({ ok: true, bundle });
});

test("equal bundles are equal bytes", () => {
  expect(encodeBundle(structuredClone(bundle)).equals(encodeBundle(bundle))).toBe(true);
});

describe("refused", () => {
  test.for<[string, Buffer, string, string]>([
    ["nothing", Buffer.alloc(0), "Malformed", "the bundle is not gzip"],
    ["not gzip", Buffer.from("{}"), "Malformed", "the bundle is not gzip"],
    ["cut off", encodeBundle(bundle).subarray(0, 60), "Malformed", "the bundle is not gzip"],
    ["not JSON", bytes("{"), "Malformed", "the bundle is not JSON with format and requires"],
    ["not an object", bytes("[]"), "Malformed", "the bundle is not JSON with format and requires"],
    ["empty", bytes({}), "Malformed", "the bundle is not JSON with format and requires"],
    [
      "another format",
      bytes({ format: 2, requires: [], anything: 1 }),
      "UnknownFormat",
      "bundle format 2 is not known: upgrade this agent",
    ],
    [
      "an unknown feature",
      bytes({ ...bundle, requires: ["holds"] }),
      "UnknownFeature",
      'the bundle requires "holds", which this agent does not know: upgrade it',
    ],
    [
      "an unknown field",
      bytes({ ...bundle, also: 1 }),
      "UnknownFeature",
      'the bundle has fields that this agent does not know: "also" at []; upgrade it',
    ],
    [
      "an unknown field deep inside",
      changed((json) => json.replace('"action":"Allow"', '"action":"Allow","colour":"red"')),
      "UnknownFeature",
      'the bundle has fields that this agent does not know: "colour" at ["desired","policies",0,"ingress","rules",0]; upgrade it',
    ],
    [
      "an unknown action",
      changed((json) => json.replace('"Reject"', '"Maybe"')),
      "Malformed",
      'the bundle is not valid at ["desired","policies",0,"ingress","rules",1,"action"]',
    ],
    [
      "networks that would mean anywhere",
      changed((json) => json.replace('"addresses":{"v4":[],"v6":[]}', '"networks":[{}]')),
      "Malformed",
      'the bundle is not valid at ["desired","policies",0,"ingress","rules",1,"from","addresses"]',
    ],
    [
      "neither networks nor interfaces",
      changed((json) => json.replace('"networkSelector":', '"containerSelector":')),
      "Malformed",
      "selects neither networks nor interfaces, or both",
    ],
    ["no host", bytes({ ...bundle, host: "" }), "Malformed", 'the bundle is not valid at ["host"]'],
    [
      "a negative generation",
      bytes({ ...bundle, generation: -1 }),
      "Malformed",
      'the bundle is not valid at ["generation"]',
    ],
    [
      "no desired state",
      bytes({ ...bundle, desired: undefined }),
      "Malformed",
      'the bundle is not valid at ["desired"]',
    ],
    [
      "an empty list of ports",
      changed((json) => json.replace(/"ports":\[.*?\]/, '"ports":[]')),
      "Malformed",
      "the bundle is not valid at",
    ],
    [
      "port 70000",
      changed((json) => json.replaceAll("3306", "70000")),
      "Malformed",
      "the bundle is not valid at",
    ],
    [
      "a range backwards",
      changed((json) => json.replace('"last":90', '"last":70')),
      "Malformed",
      "the bundle is not valid at",
    ],
    [
      "what is no CIDR",
      changed((json) => json.replace("198.51.100.0/24", "198.51.100.0/24 -j ACCEPT")),
      "Malformed",
      "the bundle is not valid at",
    ],
    [
      "an IPv6 CIDR among the IPv4 ones",
      changed((json) => json.replace("198.51.100.0/24", "::/0")),
      "Malformed",
      "the bundle is not valid at",
    ],
  ])("%s", ([, encoded, reason, message]) => {
    const decoded = decodeBundle(encoded);
    expect(decoded).toMatchObject({ ok: false, reason });
    expect(decoded.ok ? "" : decoded.message).toContain(message);
  });
});

describe("limits", () => {
  test("too many bytes are not expanded", () => {
    expect(decodeBundle(Buffer.alloc(bundleLimits.compressed + 1))).toMatchObject({
      ok: false,
      reason: "TooLarge",
    });
  });

  test("what expands too far is stopped while it does", () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(bundleLimits.compressed);
    expect(decodeBundle(bomb)).toEqual({
      ok: false,
      reason: "TooLarge",
      message: "the bundle expands to more than 8388608 bytes",
    });
  });

  const withAddresses = (v6: readonly string[]): Bundle => ({
    ...bundle,
    desired: {
      policies: [
        {
          name: "p",
          tier: "Standard",
          priority: 1,
          networkSelector: {},
          ingress: {
            defaultAction: "Deny",
            rules: [{ name: "r", action: "Allow", from: { addresses: { v4: [], v6 } } }],
          },
        },
      ],
    },
  });

  test("10,000 CIDRs fit", () => {
    const cidrs = Array.from({ length: 10_000 }, (_, index) =>
      formatCidr({
        family: "IPv6",
        network: (0x20010db8n << 96n) | (BigInt(index * 7919) << 80n),
        prefix: 48,
      }),
    );
    const encoded = encodeBundle(withAddresses(cidrs));
    expect(encoded.length).toBeLessThan(bundleLimits.compressed);
    expect(decodeBundle(encoded)).toMatchObject({ ok: true });
  });

  test("a bundle that no agent would take is not made", () => {
    const make = () => encodeBundle(withAddresses(Array<string>(500_000).fill("2001:db8:7::/48")));
    expect(make).toThrow(BundleTooLargeError);
    expect(make).toThrow(
      /^the policies of host shop-01 come to \d+ bytes, over the limit of 8388608: select fewer policies for it, or shorten its address groups$/,
    );
  });
});

test("the payload is gzip of JSON, so that other tools can read it", () => {
  expect(JSON.parse(gunzipSync(encodeBundle(bundle)).toString())).toEqual(bundle);
});
