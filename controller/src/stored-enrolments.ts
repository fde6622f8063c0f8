import { randomUUID } from "node:crypto";
import type { EnrolledHosts } from "./identity/enrol.ts";
import type { EnrolledHost } from "./identity/enrolled-host.ts";
import type { HostStore } from "./store/hosts.ts";

/** Enrolment's view of the host store: always the store itself, never a cache. */
export function storedEnrolments(hosts: HostStore): EnrolledHosts {
  return {
    get: async (name): Promise<EnrolledHost | undefined> => (await hosts.find(name))?.body,
    create: async (host) =>
      (await hosts.create({ ...host, uid: randomUUID(), mode: "Enforce" })).kind === "written",
  };
}
