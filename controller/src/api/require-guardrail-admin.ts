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
  if (hasRole(caller.role, "guardrail-admin")) return;
  const changed = guardrailChanges(before, after);
  if (changed === undefined) {
    refuse(caller, "what this changes on the hosts cannot be told");
  } else if (changed.length > 0) {
    const [first = ""] = changed;
    const others = changed.length === 1 ? "" : ` and ${String(changed.length - 1)} more`;
    refuse(caller, `this changes the Guardrail part of host ${first}${others}`);
  }
}

/** Also for objects of the tier that no host has yet: it could be given them later, by somebody who may. @throws RequestRefused */
export function requireForObjects(caller: Caller, current: ResourceTree, set: ChangeSet): void {
  if (hasRole(caller.role, "guardrail-admin")) return;
  const [changed] = changedGuardrails(current, set);
  if (changed !== undefined)
    refuse(caller, `this changes ${changed}, which belongs to the tier Guardrail`);
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

function refuse(caller: Caller, what: string): never {
  throw new RequestRefused(
    "Forbidden",
    `${what}: that needs the role guardrail-admin, and ${caller.name} is ${caller.role}`,
  );
}
