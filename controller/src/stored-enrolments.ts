import { randomUUID } from "node:crypto";
import type { EnrolledHosts } from "./identity/enrol.ts";
import type { EnrolledHost } from "./identity/enrolled-host.ts";
import type { HostStore } from "./store/hosts.ts";

/** Enrolment's view of the host store: always the store itself, never a cache. */
export function storedEnrolments(
  hosts: HostStore,
  /** Resolves when the caches have a record of this sequence number, too. */
  untilSeen: (name: string, sequence: number) => Promise<void>,
): EnrolledHosts {
  return {
    get: async (name): Promise<EnrolledHost | undefined> => (await hosts.find(name))?.body,
    create: async (host) => {
      const created = await hosts.create({ ...host, uid: randomUUID() });
      if (created.kind === "conflict") return false;
      await untilSeen(host.name, created.record.sequence);
      return true;
    },
  };
}
