import { createHash } from "node:crypto";
import {
  type CompileHost,
  compilerOf,
  type DesiredPolicy,
  type DesiredState,
  featuresOf,
  type Resource,
} from "@seawall/policy";
import type { ResourceTree } from "./change-set.ts";
import type { FleetDirectory, FleetHost } from "./fleet-directory.ts";
import { namesHosts } from "./names-hosts.ts";

/** What a host should have of a tree. Hosts that should have the same get the same object, so it is compared by identity. */
export interface Compiled {
  readonly desired: DesiredState;
  readonly requires: readonly string[];
  /** See {@link contentOf}. */
  readonly content: string;
}

export type HostCompiler = (host: CompileHost) => Compiled;

/** With the hosts that its rules may name. */
const compilerIn: (
  resources: readonly Resource[],
  fleet: readonly FleetHost[],
) => (host: CompileHost) => DesiredState = compilerOf;

/**
 * Compiles many hosts of one tree. A fleet has far fewer different answers than
 * hosts, so what is costly about an answer is done once for each.
 * Undefined when the tree names hosts and the directory is not known: see {@link FleetDirectory}.
 */
export function hostCompilerOf(
  tree: ResourceTree,
  directory: FleetDirectory | undefined,
): HostCompiler | undefined {
  if (directory === undefined && namesHosts(tree)) return undefined;
  const compile = compilerIn([...tree.values()], directory?.hosts ?? []);
  const numbers = new Map<DesiredPolicy, number>();
  const answers = new Map<string, Compiled>();
  const numberOf = (policy: DesiredPolicy) => {
    const number = numbers.get(policy) ?? numbers.size;
    numbers.set(policy, number);
    return number;
  };
  return (host) => {
    const desired = compile(host);
    const key = desired.policies.map(numberOf).join();
    let answer = answers.get(key);
    if (answer === undefined) {
      const requires = featuresOf(desired);
      answer = { desired, requires, content: contentOf({ desired, requires }) };
      answers.set(key, answer);
    }
    return answer;
  };
}

/** Equal for what means the same to a host: compilation is canonical, so equal meaning is equal text. */
export function contentOf(what: Pick<Compiled, "desired" | "requires">): string {
  const { desired, requires } = what;
  return createHash("sha256")
    .update(JSON.stringify([desired, requires]))
    .digest("hex");
}
