import { beforeAll, expect, test } from "vitest";
import { duplicate } from "../core/testing/duplicate.ts";
import { Authority } from "../identity/authority.ts";
import type { EnrolledHost } from "../identity/enrolled-host.ts";
import { enrolledHost } from "../testing/memory-fleet.ts";
import { issueHostCredentials } from "./host-credentials.ts";

const web = enrolledHost("web");
let authority: Authority;
let spki: Buffer;
beforeAll(async () => {
  const { generateKeyPairSync } = await import("node:crypto");
  authority = await Authority.load(await Authority.create(new Date()));
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  spki = publicKey.export({ type: "spki", format: "der" });
});

/** Whether anything is handed out when `after` is what the store has once the minting is done. */
async function issued(after: EnrolledHost | undefined): Promise<boolean> {
  let isMinted = false;
  const credentials = await issueHostCredentials(
    { ...web, publicKeySpki: spki },
    {
      authority,
      mintAgentUser: () => {
        isMinted = true;
        return Promise.resolve("jwt");
      },
      hosts: { get: () => Promise.resolve(isMinted ? after : web) },
    },
    new Date(),
  );
  return credentials !== undefined;
}

test.for<{ name: string; after: EnrolledHost | undefined; is: boolean }>([
  { name: "is still there", after: web, is: true },
  { name: "got other labels", after: { ...web, labels: { env: "prod" } }, is: true },
  { name: "was deleted", after: undefined, is: false },
  { name: "is another host now", after: { ...web, keyFingerprint: "other" }, is: false },
  { name: "was quarantined", after: { ...web, quarantine: duplicate }, is: false },
  { name: "has another NATS key now", after: { ...web, natsPublicKey: "other" }, is: false },
])("a host that $name after the minting: handed out = $is", async ({ after, is }) => {
  expect(await issued(after)).toBe(is);
});
