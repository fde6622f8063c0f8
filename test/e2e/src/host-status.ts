import type { Fleet } from "@seawall/lab";
import { hostDocument } from "@seawall/policy";

/** Each look is a start of the CLI, a third of a second of a processor: agents and controller need it more. */
export const lookEveryMs = 1_000;

/** What the fleet's controller says of a host now. */
export async function hostStatus(fleet: Fleet, host: string) {
  const text = await fleet.mustSeawall(["get", "host", host, "-o", "json"]);
  return hostDocument.parse(JSON.parse(text)).status;
}
