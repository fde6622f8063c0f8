import { formatAddress } from "@seawall/policy";
import type { Ends } from "./connection.ts";

/** A connection as it travels to the controller. */
export function connectionMessage(ends: Ends) {
  const { protocol, source, destination, port = 0, answerer, answeringPort = 0 } = ends;
  return {
    ...{ protocol, port, answeringPort },
    source: formatAddress(source),
    destination: formatAddress(destination),
    answerer: formatAddress(answerer),
  };
}
