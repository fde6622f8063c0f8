import { hasRole } from "@seawall/policy";
import type { CreateTokenRequest__Output } from "@seawall/proto";
import type { ChangeSet, ResourceTree } from "../core/change-set.ts";
import { fleetDirectory } from "../core/fleet-directory.ts";
import {
  type CompiledFleet,
  changedGuardrails,
  guardrailChanges,
} from "../core/guardrail-changes.ts";
import { hostCompilerOf } from "../core/host-compiler.ts";
import type { Fleet } from "../fleet.ts";
import type { EnrolledHost } from "../identity/enrolled-host.ts";
import type { Caller } from "./authorize.ts";
import { RequestRefused } from "./request-refused.ts";
import { requestedMode } from "./requested-mode.ts";

/** Lets only a guardrail-admin change the Guardrail part of a host, and nobody else what cannot be told. @throws RequestRefused */
export function requireFor(caller: Caller, before: CompiledFleet, after: CompiledFleet): void {
  refuseFor(caller, onHosts(caller, before, after));
}

/** Also for objects of the tier that no host has yet: it could be given them later, by somebody who may. @throws RequestRefused */
export function requireForObjects(caller: Caller, current: ResourceTree, set: ChangeSet): void {
  refuseFor(caller, inObjects(caller, current, set));
}

/** Whether neither of both above would refuse it. */
export function mayChange(
  caller: Caller,
  { current, set }: { readonly current: ResourceTree; readonly set: ChangeSet },
  before: CompiledFleet,
  after: CompiledFleet,
): boolean {
  return (
    inObjects(caller, current, set) === undefined && onHosts(caller, before, after) === undefined
  );
}

/** What the caller may not change, in words; undefined: nothing. */
function onHosts(caller: Caller, before: CompiledFleet, after: CompiledFleet): string | undefined {
  if (hasRole(caller.role, "guardrail-admin")) return undefined;
  const changed = guardrailChanges(before, after);
  if (changed === undefined) return "what this changes on the hosts cannot be told";
  const [first] = changed;
  if (first === undefined) return undefined;
  const others = changed.length === 1 ? "" : ` and ${String(changed.length - 1)} more`;
  return `this changes the Guardrail part of host ${first}${others}`;
}

function inObjects(caller: Caller, current: ResourceTree, set: ChangeSet): string | undefined {
  if (hasRole(caller.role, "guardrail-admin")) return undefined;
  const [changed] = changedGuardrails(current, set);
  if (changed === undefined) return undefined;
  return `this changes ${changed}, which belongs to the tier Guardrail`;
}

/** For a change of one host: `after` undefined deletes it. @throws RequestRefused */
export async function requireForHost(
  host: EnrolledHost,
  after: EnrolledHost | undefined,
  caller: Caller,
  fleet: Fleet,
): Promise<void> {
  if (hasRole(caller.role, "guardrail-admin")) return;
  const before = fleet.hosts();
  const others = before.filter(({ name }) => name !== host.name);
  await requireBetween(before, after === undefined ? others : [...others, after], caller, fleet);
}

/**
 * A token decides about labels and addresses of hosts to come, which rules of others may name, and whether
 * they are in Audit.
 * @throws RequestRefused
 */
export async function requireForToken(
  { labels, mode }: Pick<CreateTokenRequest__Output, "labels" | "mode">,
  caller: Caller,
  fleet: Fleet,
): Promise<void> {
  if (hasRole(caller.role, "guardrail-admin")) return;
  const hosts = fleet.hosts();
  // No host is called so, and none has this address: it is there to see whether a rule would name it.
  const toCome = { name: "a host that joins", labels, addresses: ["0.0.0.1/32"] };
  const tree = await fleet.tree(await fleet.newestRevision());
  const directory = fleetDirectory([...hosts, toCome], fleet.unbelievedHosts(), undefined);
  requireFor(
    caller,
    {
      hosts: [...hosts, { ...toCome, mode: "Enforce" }],
      compile: hostCompilerOf(tree, fleet.directory()),
    },
    {
      hosts: [...hosts, { ...toCome, mode: requestedMode(mode, "Enforce") }],
      compile: hostCompilerOf(tree, directory),
    },
  );
}

async function requireBetween(
  before: readonly EnrolledHost[],
  after: readonly EnrolledHost[],
  caller: Caller,
  fleet: Fleet,
): Promise<void> {
  const tree = await fleet.tree(await fleet.newestRevision());
  const compiled = (hosts: readonly EnrolledHost[]): CompiledFleet => ({
    hosts,
    compile: hostCompilerOf(tree, fleetDirectory(hosts, fleet.unbelievedHosts(), undefined)),
  });
  requireFor(caller, compiled(before), compiled(after));
}

function refuseFor(caller: Caller, what: string | undefined): void {
  if (what === undefined) return;
  throw new RequestRefused(
    "Forbidden",
    `${what}: that needs the role guardrail-admin, and ${caller.name} is ${caller.role}`,
  );
}
