import { hasRole } from "@seawall/policy";
import type { CreateTokenRequest__Output } from "@seawall/proto";
import type { ChangeSet, ResourceTree } from "../core/change-set.ts";
import { type FleetDirectory, fleetDirectory } from "../core/fleet-directory.ts";
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
import { treesInPlay } from "./trees-in-play.ts";

/** Lets only a guardrail-admin change the Guardrail part of a host, and nobody else what cannot be told. @throws RequestRefused */
export function requireFor(caller: Caller, before: CompiledFleet, after: CompiledFleet): void {
  refuseFor(caller, onHosts(caller, before, after));
}

/** What a change makes of the hosts, and what it was made from. */
export interface Change extends CompiledFleet {
  readonly newest: number;
  readonly directory: FleetDirectory | undefined;
  /** Whether hosts may be put back from it by themselves. */
  readonly mayGoBack: boolean;
}

/**
 * As `requireFor`, against what hosts have now and may go back to: of a revision that has not reached them all, or may be taken
 * back, somebody else's change of guardrails would go out, or be undone, with the next one, without whoever has to approve of it.
 * @throws RequestRefused
 */
export async function requireInPlay(caller: Caller, after: Change, fleet: Fleet): Promise<void> {
  refuseFor(caller, await changedInPlay(caller, after, fleet));
}

/** What the caller may not change of that, in words; undefined: nothing. @throws RequestRefused where it cannot be told */
export async function changedInPlay(
  caller: Caller,
  after: Change,
  fleet: Fleet,
): Promise<string | undefined> {
  if (hasRole(caller.role, "guardrail-admin")) return undefined;
  const { hosts, newest, directory } = after;
  for (const [revision, tree] of await treesInPlay(newest, fleet, after)) {
    if (revision === newest) continue;
    const what = onHosts(caller, { hosts, compile: hostCompilerOf(tree, directory) }, after);
    if (what === undefined) continue;
    return `${what}, compared with revision ${String(revision)}, which hosts are on or may go back to (seawall rollout status)`;
  }
  return undefined;
}

/** Also for objects of the tier that no host has yet: it could be given them later, by somebody who may. @throws RequestRefused */
export function requireForObjects(caller: Caller, current: ResourceTree, set: ChangeSet): void {
  refuseFor(caller, inObjects(caller, current, set));
}

/** Whether neither `requireFor` nor `requireForObjects` would refuse it. */
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
  const directory = fleetDirectory([...hosts, toCome], fleet.unbelievedHosts(), undefined);
  for (const tree of (await treesInForce(fleet)).values()) {
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
}

async function requireBetween(
  before: readonly EnrolledHost[],
  after: readonly EnrolledHost[],
  caller: Caller,
  fleet: Fleet,
): Promise<void> {
  const compiled = (tree: ResourceTree, hosts: readonly EnrolledHost[]): CompiledFleet => ({
    hosts,
    compile: hostCompilerOf(tree, fleetDirectory(hosts, fleet.unbelievedHosts(), undefined)),
  });
  for (const tree of (await treesInForce(fleet)).values()) {
    requireFor(caller, compiled(tree, before), compiled(tree, after));
  }
}

/** A change of a host is no revision: nothing of it is put back. */
async function treesInForce(fleet: Fleet): Promise<ReadonlyMap<number, ResourceTree>> {
  return await treesInPlay(await fleet.newestRevision(), fleet, { mayGoBack: false });
}

function refuseFor(caller: Caller, what: string | undefined): void {
  if (what === undefined) return;
  throw new RequestRefused(
    "Forbidden",
    `${what}: that needs the role guardrail-admin, and ${caller.name} is ${caller.role}`,
  );
}
