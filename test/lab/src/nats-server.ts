import { join } from "node:path";
import { ensureDebianRoot } from "./debian-root.ts";
import { PackagesUnavailableError, type Progress } from "./private-apt.ts";

/** Debian 13 has the first nats-server that is new enough; its program runs on 12 as well. */
const request = {
  name: "nats-server",
  suite: "trixie",
  packages: ["nats-server"],
  closure: false,
};

/** The folder whose `usr/sbin/nats-server` every node of a lab sees as its own. */
export async function natsServerRoot(progress: Progress): Promise<string> {
  const result = await ensureDebianRoot(request, progress);
  if (result.kind === "unavailable") throw new PackagesUnavailableError(result.reason);
  return result.root.path;
}

/** A real nats-server (2.10) for tests that run outside a lab; fetched on first use. */
export async function natsServerPath(progress: Progress = () => undefined): Promise<string> {
  return join(await natsServerRoot(progress), "usr", "sbin", "nats-server");
}
