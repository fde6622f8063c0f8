import { type CompileHost, canonicalJson, type DesiredState } from "@seawall/policy";
import type { ChangeSet, ResourceTree } from "./change-set.ts";
import { groupsOf } from "./groups-of.ts";
import type { HostCompiler } from "./host-compiler.ts";

/** A fleet at one moment: its hosts, and what each is to enforce. */
export interface CompiledFleet {
  readonly hosts: readonly CompileHost[];
  /** Undefined: it cannot be told. */
  readonly compile: HostCompiler | undefined;
}

/**
 * The names of hosts whose Guardrail part is another one afterwards, also of those that come
 * or go; undefined when that cannot be told. Its options belong to it: they say whether it is kept at all.
 */
export function guardrailChanges(
  before: CompiledFleet,
  after: CompiledFleet,
): readonly string[] | undefined {
  const [old, next] = [guardrailParts(before), guardrailParts(after)];
  if (old === undefined || next === undefined) return undefined;
  const names = [...new Set([...old.keys(), ...next.keys()])].sort();
  return names.filter((name) => (old.get(name) ?? "") !== (next.get(name) ?? ""));
}

function guardrailParts({
  hosts,
  compile,
}: CompiledFleet): ReadonlyMap<string, string> | undefined {
  if (compile === undefined) return undefined;
  const parts = new Map<DesiredState, string>();
  return new Map(
    hosts.map((host) => {
      const { desired } = compile(host);
      const part = parts.get(desired) ?? guardrailPart(desired);
      parts.set(desired, part);
      return [host.name, part];
    }),
  );
}

/** Empty where there is none. */
function guardrailPart({ policies, options }: DesiredState): string {
  const guardrails = policies.filter(({ tier }) => tier === "Guardrail");
  return guardrails.length === 0 ? "" : canonicalJson([guardrails, options ?? {}]);
}

/** The keys of policies of the tier, and of address groups that one of them names, that the change touches. */
export function changedGuardrails(
  current: ResourceTree,
  { next, changes }: ChangeSet,
): readonly string[] {
  const keys = new Set([...guardrailObjects(current), ...guardrailObjects(next)]);
  return [...changes].flatMap(([key, { action }]) =>
    action !== "unchanged" && keys.has(key) ? [key] : [],
  );
}

function guardrailObjects(tree: ResourceTree): readonly string[] {
  return [...tree].flatMap(([key, resource]) =>
    resource.kind === "FleetPolicy" && resource.spec.tier === "Guardrail"
      ? [key, ...groupsOf(resource).map((group) => `AddressGroup/${group}`)]
      : [],
  );
}
