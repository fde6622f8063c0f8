import { describe, expect, it } from "vitest";
import { identityUri, parseIdentityUri } from "./identity-uri.ts";

describe("parseIdentityUri", () => {
  it.each([{ kind: "host", name: "web-1" } as const, { kind: "user", name: "admin" } as const])(
    "reads what identityUri wrote: $kind $name",
    (identity) => {
      expect(parseIdentityUri(identityUri(identity))).toEqual(identity);
    },
  );

  it.each([
    "seawall://host/",
    "seawall://host/a.b",
    "seawall://host/*",
    "seawall://host/a/b",
    "seawall://root/a",
    "xseawall://host/a",
    "seawall://host/a\n",
    "https://host/a",
  ])("names nobody: %j", (uri) => {
    expect(parseIdentityUri(uri)).toBeUndefined();
  });
});
