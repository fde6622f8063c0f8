import type { DuplicateIdentity } from "../duplicate-identity.ts";

/** Two agents with its keys, at these addresses. */
export const duplicate: DuplicateIdentity = {
  since: "2026-01-02T04:00:09.000Z",
  agents: [
    { instance: "a", address: "192.0.2.7", at: "2026-01-02T04:00:09.000Z" },
    { instance: "b", address: "192.0.2.8", at: "2026-01-02T04:00:07.000Z" },
  ],
};
