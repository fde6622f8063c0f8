import { describe, expect, it } from "vitest";
import { formatJoinToken, parseJoinToken } from "./join-token.ts";

const token = { caFingerprint: "ab".repeat(32), id: "0123456789abcdef", secret: "s".repeat(43) };
const text = formatJoinToken(token);
const [prefix, fingerprint, id, secret] = text.split(".");

describe("parseJoinToken", () => {
  it("reads what formatJoinToken wrote, line end included", () => {
    expect(parseJoinToken(`${text}\n`)).toEqual({ ok: true, token });
  });

  it.each([
    ["empty", "", "does not begin with SW1"],
    ["another version", text.replace("SW1", "SW2"), "does not begin with SW1"],
    ["cut off before the secret", [prefix, fingerprint, id].join("."), "four parts"],
    ["a part too many", `${text}.x`, "four parts"],
    ["a short fingerprint", [prefix, "abcd", id, secret].join("."), "CA fingerprint"],
    ["an id that is not hex", [prefix, fingerprint, "not-hex", secret].join("."), "token id"],
    ["a short secret", [prefix, fingerprint, id, "hunter2"].join("."), "last part"],
    [
      "a secret with a blank",
      [prefix, fingerprint, id, `${"s".repeat(42)} s`].join("."),
      "last part",
    ],
  ])("refuses %s", (_what, given, message) => {
    const parsed = parseJoinToken(given);
    expect(parsed).toMatchObject({
      ok: false,
      message: expect.stringContaining(message) as unknown,
    });
    expect(JSON.stringify(parsed)).not.toMatch(/hunter2|sssss/);
  });
});
