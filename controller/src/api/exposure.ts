import { compareExposure, exposureOf } from "@seawall/policy";
import type { DocumentResponse, ExposureRequest__Output } from "@seawall/proto";
import type { Fleet } from "../fleet.ts";
import type { ObserveHost } from "./ask-hosts.ts";
import { currentHosts } from "./current-hosts.ts";

/** From where each published port of these hosts can be reached, as they say now that they are. */
export async function exposure(
  request: ExposureRequest__Output,
  fleet: Fleet,
  observe: ObserveHost,
): Promise<DocumentResponse> {
  const { hosts, unknown } = await currentHosts(request, fleet, observe);
  const items = hosts.flatMap(({ facts, desired }) =>
    exposureOf(desired, facts.view).map((port) => ({ host: facts.name, ...port })),
  );
  return {
    document: JSON.stringify({
      apiVersion: "seawall/v1",
      kind: "ExposureReport",
      hosts: hosts.map(({ facts, state, message }) => ({ name: facts.name, state, message })),
      unknown: unknown.map(({ name, reason }) => ({ host: name, reason })),
      items: items.toSorted(compareExposure),
    }),
  };
}
