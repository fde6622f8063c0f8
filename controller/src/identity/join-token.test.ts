import { parseJoinToken } from "@seawall/proto";
import { describe, expect, it, test } from "vitest";
import {
  approvedAddresses,
  claimUse,
  type JoinTokenRecord,
  joinTokenRecord,
  judgeToken,
  makeJoinToken,
  settleUse,
} from "./join-token.ts";

const now = new Date("2026-03-01T12:00:00Z");
const made = makeJoinToken(
  {
    createdBy: "admin",
    uses: 1,
    expiresAt: new Date("2026-03-01T13:00:00Z"),
    labels: { env: "prod" },
    mode: "Audit",
    addressRanges: [],
  },
  "ab".repeat(32),
  Buffer.alloc(40, 7),
);
const parsed = parseJoinToken(made.text);
const secret = parsed.ok ? parsed.token.secret : "";
const bearer = { secret, host: "web-1", address: "10.1.2.3" };

const withToken = (changes: Partial<JoinTokenRecord>): JoinTokenRecord => ({
  ...made.record,
  ...changes,
});

describe("makeJoinToken", () => {
  it("keeps no secret", () => {
    expect(parsed).toMatchObject({
      ok: true,
      token: { id: made.record.id, caFingerprint: "ab".repeat(32) },
    });
    expect(JSON.stringify(made.record)).not.toContain(secret);
    expect(joinTokenRecord.parse(JSON.parse(JSON.stringify(made.record)))).toEqual(made.record);
  });
});

test("a record that says no mode is of hosts that enforce", () => {
  const { mode, ...record } = made.record;
  expect(mode).toBe("Audit");
  expect(joinTokenRecord.parse(record).mode).toBe("Enforce");
});

describe("judgeToken", () => {
  it.each([
    ["as it was made", {}, {}, "ok"],
    ["wrong secret", {}, { secret: "x".repeat(43) }, "WrongToken"],
    ["no secret", {}, { secret: "" }, "WrongToken"],
    ["a moment before it expires", { expiresAt: "2026-03-01T12:00:00.001Z" }, {}, "ok"],
    ["at the moment it expires", { expiresAt: "2026-03-01T12:00:00.000Z" }, {}, "Expired"],
    ["for this host", { host: "web-1" }, {}, "ok"],
    ["for another host", { host: "web-2" }, {}, "HostNotAllowed"],
    ["from a range", { addressRanges: ["192.0.2.0/24", "10.1.0.0/16"] }, {}, "ok"],
    [
      "from outside the ranges",
      { addressRanges: ["10.2.0.0/16", "2001:db8::/32"] },
      {},
      "AddressNotInRange",
    ],
    ["from an IPv6 range", { addressRanges: ["2001:db8::/32"] }, { address: "2001:db8::7" }, "ok"],
    [
      "from an address nobody can read",
      { addressRanges: ["0.0.0.0/0"] },
      { address: "unknown" },
      "AddressNotInRange",
    ],
    [
      "wrong secret and expired: only the first is told",
      { expiresAt: "2020-01-01T00:00:00Z" },
      { secret: "x" },
      "WrongToken",
    ],
  ] as const)("%s", (_what, changes, other, expected) => {
    const verdict = judgeToken(
      withToken(changes as Partial<JoinTokenRecord>),
      { ...bearer, ...other },
      now,
    );
    expect(verdict.ok ? "ok" : verdict.reason).toBe(expected);
    expect(JSON.stringify(verdict)).not.toContain(secret);
  });
});

describe("uses", () => {
  const one = { host: "web-1", keyFingerprint: "k1" };
  const two = { host: "web-2", keyFingerprint: "k2" };

  it("are claimed once per host and key, and then used up", () => {
    const claimed = claimUse(withToken({}), one);
    expect(claimed).toMatchObject({ ok: true, token: { claims: [one], spent: 0 } });
    if (!claimed.ok) return;
    expect(claimUse(claimed.token, one)).toEqual({ ok: true, token: claimed.token });
    expect(claimUse(claimed.token, two)).toMatchObject({ ok: false, reason: "UsedUp" });
    expect(claimUse(claimed.token, { ...one, keyFingerprint: "k3" })).toMatchObject({ ok: false });
  });

  it.each([
    ["spent", 1],
    ["returned", 0],
  ] as const)("end %s", (outcome, spent) => {
    const token = withToken({ claims: [one, two], uses: 2 });
    expect(settleUse(token, one, outcome)).toMatchObject({ claims: [two], spent });
  });

  it("are settled once", () => {
    const spent = withToken({ spent: 1 });
    expect(settleUse(spent, one, "spent")).toBe(spent);
  });
});

describe("approvedAddresses", () => {
  it.each([
    ["no range named: none", [], "10.1.2.3", []],
    ["IPv4", ["10.0.0.0/8"], "10.1.2.3", ["10.1.2.3/32"]],
    ["IPv6", ["2001:db8::/32"], "2001:db8::7", ["2001:db8::7/128"]],
  ])("%s", (_what, addressRanges, address, expected) => {
    expect(approvedAddresses(withToken({ addressRanges }), address)).toEqual(expected);
  });
});
