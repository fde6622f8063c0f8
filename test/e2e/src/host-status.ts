import { eventually, type Fleet } from "@seawall/lab";
import { exposureDocument, hostDocument } from "@seawall/policy";

/** Each look asks the controller, which works for the hosts meanwhile. */
export const lookEveryMs = 300;

/** What the fleet's controller says of a host now. */
export async function hostStatus(fleet: Fleet, host: string) {
  const text = await fleet.mustSeawall(["get", "host", host, "-o", "json"]);
  return hostDocument.parse(JSON.parse(text)).status;
}

/**
 * Resolves when the host has looked at itself and at Docker from now on, and is in sync with that. What it said last is
 * enough for `seawall wait`, and that may be of before Docker changed.
 */
export async function inSyncWithDocker(fleet: Fleet, host: string): Promise<void> {
  await eventually(
    async () => {
      const text = await fleet.mustSeawall(["exposure", "--host", host, "-o", "json"]);
      const { hosts } = exposureDocument.parse(JSON.parse(text));
      return hosts.length === 1 && hosts[0]?.state === "InSync";
    },
    { what: `${host} to be in sync with Docker`, intervalMs: lookEveryMs },
  );
}
