import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { HostSnapshot } from "../core/host-snapshot.ts";
import type { HostSnapshots } from "../ports.ts";
import { atomicWrite, removeWritten } from "./atomic-write.ts";
import { awaitedPortsSchema, dockerNetworkSchema, hostPortsSchema } from "./host-view-schema.ts";

const snapshotFile = z.strictObject({
  bootId: z.string(),
  backend: z.string(),
  networks: z.array(dockerNetworkSchema),
  interfaces: z.array(z.string()),
  ownPorts: hostPortsSchema.exactOptional(),
  awaitedPorts: awaitedPortsSchema.exactOptional(),
  bindings: z.array(
    z.strictObject({
      protocol: z.enum(["TCP", "UDP", "SCTP"]),
      hostAddress: z.string(),
      hostPort: z.int().min(1).max(65_535),
      network: z.string(),
    }),
  ),
}) satisfies z.ZodType<HostSnapshot>;

interface StoredSnapshots extends HostSnapshots {
  /** For good: the host leaves the fleet. */
  remove(): Promise<void>;
}

/** The host as it was when its rules were last read back, in the agent's state directory. */
export function createHostSnapshots(stateDirectory: string): StoredSnapshots {
  const path = join(stateDirectory, "host-snapshot.json");
  let written = "";
  return {
    async read() {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      }
      const parsed = snapshotFile.safeParse(jsonOf(text));
      return parsed.success ? parsed.data : undefined;
    },
    async store(snapshot) {
      const text = JSON.stringify(snapshot);
      if (text === written) return;
      await atomicWrite(path, text);
      written = text;
    },
    remove: () => removeWritten(path),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
