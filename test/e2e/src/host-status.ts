import type { Fleet } from "@seawall/lab";
import { hostDocument } from "@seawall/policy";

/** What the fleet's controller says of a host now. */
export async function hostStatus(fleet: Fleet, host: string) {
  const text = await fleet.mustSeawall(["get", "host", host, "-o", "json"]);
  return hostDocument.parse(JSON.parse(text)).status;
}
