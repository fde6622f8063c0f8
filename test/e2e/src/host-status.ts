import type { Fleet } from "@seawall/lab";
import { hostDocument } from "@seawall/policy";

/** Each look asks the controller, which works for the hosts meanwhile. */
export const lookEveryMs = 300;

/** What the fleet's controller says of a host now. */
export async function hostStatus(fleet: Fleet, host: string) {
  const text = await fleet.mustSeawall(["get", "host", host, "-o", "json"]);
  return hostDocument.parse(JSON.parse(text)).status;
}
