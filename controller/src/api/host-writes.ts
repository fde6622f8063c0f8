import { chooseHostOptions, labelProblem } from "@seawall/policy";
import type {
  DeleteHostResponse,
  GetResponse,
  LabelHostRequest__Output,
  SetHostRequest__Output,
} from "@seawall/proto";
import { isHostName } from "@seawall/proto";
import { approvedAddress } from "../core/approved-address.ts";
import { type Fleet, RevocationPending } from "../fleet.ts";
import type { EnrolledHost } from "../identity/enrolled-host.ts";
import type { Caller } from "./authorize.ts";
import { get } from "./get.ts";
import { RequestRefused } from "./request-refused.ts";
import { requestedMode } from "./requested-mode.ts";
import { requireForHost } from "./require-guardrail-admin.ts";

const CAS_ATTEMPTS = 10;

/** Every rule that names the host holds all of them. */
const MOST_ADDRESSES = 64;

/** Changes labels of a host and answers with its document. */
export async function labelHost(
  request: LabelHostRequest__Output,
  caller: Caller,
  fleet: Fleet,
): Promise<GetResponse> {
  for (const [key, value] of Object.entries(request.set)) {
    const problem = labelProblem(key, value);
    if (problem !== undefined) throw new RequestRefused("InvalidRequest", problem);
  }
  return await changeHost(request.host, caller, fleet, (host) => ({
    ...host,
    labels: changedLabels(host, request),
  }));
}

/** Sets mode, options and approved addresses, whichever are named, ends a quarantine where that is said, and answers with the host's document. */
export async function setHost(
  request: SetHostRequest__Output,
  caller: Caller,
  fleet: Fleet,
): Promise<GetResponse> {
  const isEmpty = Object.keys(request.options).length === 0;
  if (request.mode === "" && !request.setAddresses && isEmpty && !request.endQuarantine)
    throw new RequestRefused("InvalidRequest", "nothing to set: name a mode, options or addresses");
  const addresses = request.setAddresses ? approvedAddresses(request.addresses) : undefined;
  return await changeHost(request.host, caller, fleet, (host) => ({
    ...host,
    mode: requestedMode(request.mode, host.mode),
    options: requestedOptions(request.options, host.options),
    addresses: addresses ?? host.addresses,
    quarantine: request.endQuarantine ? undefined : host.quarantine,
  }));
}

/** Revokes a host's certificate and credentials and forgets it; one that is deleted already is made sure of. Its rules stay until \`seawall agent uninstall\` runs there. */
export async function deleteHost(
  request: { readonly host: string },
  caller: Caller,
  fleet: Fleet,
): Promise<DeleteHostResponse> {
  const host = fleet.host(request.host);
  try {
    if (host === undefined) {
      // Who was told that it is not in force yet asks again.
      if (!isHostName(request.host) || !(await fleet.finishDeletion(request.host)))
        throw notFound(request.host);
    } else {
      await requireForHost(host, undefined, caller, fleet);
      await fleet.deleteHost(host, caller.name);
    }
  } catch (error) {
    if (error instanceof RevocationPending) throw new RequestRefused("NotInForce", error.message);
    throw error;
  }
  return {};
}

async function changeHost(
  name: string,
  caller: Caller,
  fleet: Fleet,
  change: (host: EnrolledHost) => EnrolledHost,
): Promise<GetResponse> {
  for (let attempt = 0; attempt < CAS_ATTEMPTS; attempt++) {
    const host = existing(name, fleet);
    const after = change(host);
    await requireForHost(host, after, caller, fleet);
    if (await fleet.replaceHost(host, after, caller.name)) {
      return await get({ kind: "Host", name, selector: "" }, fleet);
    }
  }
  throw new RequestRefused("Conflict", `others keep changing host ${name}; try again`);
}

function existing(name: string, fleet: Fleet): EnrolledHost {
  const host = fleet.host(name);
  if (host === undefined) throw notFound(name);
  return host;
}

function notFound(name: string): RequestRefused {
  return new RequestRefused("NotFound", `host "${name}" not found`);
}

function requestedOptions(
  wanted: SetHostRequest__Output["options"],
  before: EnrolledHost["options"],
): EnrolledHost["options"] {
  const chosen = chooseHostOptions(before, wanted);
  if (!chosen.ok) throw new RequestRefused("InvalidRequest", chosen.message);
  return chosen.options;
}

function approvedAddresses(texts: readonly string[]): string[] {
  const cidrs = new Set(
    texts.map((text) => {
      const read = approvedAddress(text);
      if (!read.ok) throw new RequestRefused("InvalidRequest", `address ${read.message}`);
      return read.cidr;
    }),
  );
  if (cidrs.size > MOST_ADDRESSES) {
    throw new RequestRefused(
      "InvalidRequest",
      `${String(cidrs.size)} addresses: a host may have at most ${String(MOST_ADDRESSES)}`,
    );
  }
  return [...cidrs].sort();
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
