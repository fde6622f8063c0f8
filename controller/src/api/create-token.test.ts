import { expect, test } from "vitest";
import type { JoinTokenRecord } from "../identity/join-token.ts";
import { admin } from "../testing/callers.ts";
import { MemoryFleet } from "../testing/memory-fleet.ts";
import { createToken } from "./create-token.ts";

async function recorded(mode: string) {
  const stored: JoinTokenRecord[] = [];
  await createToken(
    { uses: 1, ttlSeconds: 60, host: "", labels: {}, addressRanges: [], mode },
    admin,
    new MemoryFleet(),
    {
      caFingerprint: "ab".repeat(32),
      joinAddress: "ctl.example.com:7444",
      now: () => new Date(0),
      store: (record) => {
        stored.push(record);
        return Promise.resolve();
      },
    },
  );
  return stored.map((record) => record.mode);
}

test.for([
  { asked: "", is: ["Enforce"] },
  { asked: "Enforce", is: ["Enforce"] },
  { asked: "Audit", is: ["Audit"] },
])("a token for mode '$asked' lets hosts join in $is", async ({ asked, is }) => {
  expect(await recorded(asked)).toEqual(is);
});

test("a token for a mode that there is not is refused", async () => {
  await expect(recorded("Off")).rejects.toMatchObject({
    reason: "InvalidRequest",
    message: 'mode: "Off" is not Enforce or Audit',
  });
});
