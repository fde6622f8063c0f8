import { createHash } from "node:crypto";
import {
  type CompileHost,
  canonicalJson,
  compilerOf,
  type DesiredPolicy,
  type DesiredState,
  featuresOf,
  namesHosts,
} from "@seawall/policy";
import type { ResourceTree } from "./change-set.ts";
import type { FleetDirectory } from "./fleet-directory.ts";

/** What a host should have of a tree. Hosts that should have the same get the same object, so it is compared by identity. */
export interface Compiled {
  readonly desired: DesiredState;
  readonly requires: readonly string[];
  /** See {@link contentOf}. */
  readonly content: string;
}

export type HostCompiler = (host: CompileHost) => Compiled;

/**
 * Compiles many hosts of one tree. A fleet has far fewer different answers than
 * hosts, so what is costly about an answer is done once for each.
 * Undefined when the tree names hosts and the directory is not known: see {@link FleetDirectory}.
 */
export function hostCompilerOf(
  tree: ResourceTree,
  directory: FleetDirectory | undefined,
): HostCompiler | undefined {
  if (directory === undefined && namesHosts(tree.values())) return undefined;
  const compile = compilerOf([...tree.values()], directory?.hosts ?? []);
  const numbers = new Map<DesiredPolicy, number>();
  const answers = new Map<string, Compiled>();
  const numberOf = (policy: DesiredPolicy) => {
    const number = numbers.get(policy) ?? numbers.size;
    numbers.set(policy, number);
    return number;
  };
  return (host) => {
    const desired = compile(host);
    const options = canonicalJson(desired.options ?? {});
    const key = `${desired.policies.map(numberOf).join()} ${options}`;
    let answer = answers.get(key);
    if (answer === undefined) {
      const requires = featuresOf(desired);
      answer = { desired, requires, content: contentOf({ desired, requires }) };
      answers.set(key, answer);
    }
    return answer;
  };
}

/**
 * Equal for what means the same to a host, compiled now or read back from its bundle: compilation is canonical,
 * and the order of fields, which the way through the bundle may change, has no part in it.
 */
export function contentOf(what: Pick<Compiled, "desired" | "requires">): string {
  const { desired, requires } = what;
  return createHash("sha256")
    .update(canonicalJson([desired, requires]))
    .digest("hex");
}
