import { expect, test } from "vitest";
import type { Failure } from "./failure.ts";
import type { Footprint } from "./footprint.ts";
import { notEmpty, type UnreadVariant, unreadText } from "./unread-variants.ts";

const missing: Failure = { class: "wait", reason: "IptablesMissing", message: "install it" };
const broken: Failure = { class: "wait", reason: "IptablesNotExecutable", message: "EACCES" };
const nft: UnreadVariant = { family: "IPv4", variant: "nft", hasTables: false, failure: missing };
const legacy: UnreadVariant = { ...nft, variant: "legacy" };
const there = { dockerUser: "created", forwardJump: { kind: "created" } } as const;

test.each<[string, UnreadVariant, Footprint, "empty" | "ours" | "somebody's"]>([
  ["never installed, and nothing known of it", nft, {}, "empty"],
  ["not installed any more, and written to", nft, { nft: { IPv4: there } }, "ours"],
  ["not installed, and written to in the other family", nft, { nft: { IPv6: there } }, "empty"],
  ["not installed, and the other one was written to", nft, { legacy: { IPv4: there } }, "empty"],
  ["installed, and it does not work", { ...nft, failure: broken }, {}, "somebody's"],
  [
    "not installed, and the kernel has its tables",
    { ...legacy, hasTables: true },
    {},
    "somebody's",
  ],
  [
    "not installed any more, and the kernel has its tables, written to",
    { ...legacy, hasTables: true },
    { legacy: { IPv4: there } },
    "ours",
  ],
])("a variant that cannot be read, %s", (_, unread, footprint, expected) => {
  const [found] = notEmpty([unread], footprint);
  const whose = found?.isOurs === true ? "ours" : "somebody's";
  expect(found === undefined ? "empty" : whose).toBe(expected);
});

test("what is said of it", () => {
  const found = notEmpty([{ ...legacy, hasTables: true }], { legacy: { IPv4: there } });
  expect(unreadText(found)).toBe(
    "what iptables-legacy holds (IPv4) cannot be read, with what Seawall left there, and filters every packet all the same: install it, or restart the host",
  );
});
