import { labelProblem } from "@seawall/policy";
import type { DeleteHostResponse, GetResponse, LabelHostRequest__Output } from "@seawall/proto";
import type { Fleet } from "../fleet.ts";
import type { EnrolledHost } from "../identity/enrolled-host.ts";
import { get } from "./get.ts";
import { RequestRefused } from "./request-refused.ts";

const CAS_ATTEMPTS = 10;

/** Changes labels of a host and answers with its document. */
export async function labelHost(
  request: LabelHostRequest__Output,
  fleet: Fleet,
): Promise<GetResponse> {
  for (const [key, value] of Object.entries(request.set)) {
    const problem = labelProblem(key, value);
    if (problem !== undefined) throw new RequestRefused("InvalidRequest", problem);
  }
  for (let attempt = 0; attempt < CAS_ATTEMPTS; attempt++) {
    const host = existing(request.host, fleet);
    const labels = changedLabels(host, request);
    if (await fleet.replaceHost(host, { ...host, labels })) {
      return await get({ kind: "Host", name: host.name, selector: "" }, fleet);
    }
  }
  throw new RequestRefused("Conflict", `others keep changing host ${request.host}; try again`);
}

/** Revokes a host's certificate and credentials and forgets it. Its rules stay until \`seawall agent uninstall\` runs there. */
export async function deleteHost(
  request: { readonly host: string },
  fleet: Fleet,
): Promise<DeleteHostResponse> {
  await fleet.deleteHost(existing(request.host, fleet));
  return {};
}

function existing(name: string, fleet: Fleet): EnrolledHost {
  const host = fleet.host(name);
  if (host === undefined) throw new RequestRefused("NotFound", `host "${name}" not found`);
  return host;
}

function changedLabels(host: EnrolledHost, { set, remove, overwrite }: LabelHostRequest__Output) {
  for (const [key, value] of Object.entries(set)) {
    const before = Object.hasOwn(host.labels, key) ? host.labels[key] : undefined;
    if (before !== undefined && before !== value && !overwrite) {
      throw new RequestRefused(
        "Conflict",
        `host ${host.name} has ${key}=${before} already; give --overwrite to change it`,
      );
    }
  }
  const kept = Object.entries(host.labels).filter(([key]) => !remove.includes(key));
  return { ...Object.fromEntries(kept), ...set };
}
