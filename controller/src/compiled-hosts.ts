import { compile, type DesiredState, featuresOf } from "@seawall/policy";
import type { ResourceTree } from "./core/change-set.ts";
import type { EnrolledHost } from "./identity/enrolled-host.ts";

export interface Compiled {
  readonly revision: number;
  readonly desired: DesiredState;
  readonly requires: readonly string[];
}

/**
 * What each host should have of a revision, computed once per host record and
 * revision: reconcilers and readers ask for the same answer over and over.
 */
export class CompiledHosts {
  readonly #tree: (revision: number) => Promise<ResourceTree>;
  readonly #cache = new WeakMap<EnrolledHost, Compiled>();

  constructor(tree: (revision: number) => Promise<ResourceTree>) {
    this.#tree = tree;
  }

  async compiled(host: EnrolledHost, revision: number): Promise<Compiled> {
    const known = this.#cache.get(host);
    if (known?.revision === revision) return known;
    const desired = compile([...(await this.#tree(revision)).values()], host);
    const compiled = { revision, desired, requires: featuresOf(desired) };
    this.#cache.set(host, compiled);
    return compiled;
  }
}
