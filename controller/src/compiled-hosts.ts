import type { ResourceTree } from "./core/change-set.ts";
import { type Compiled, type HostCompiler, hostCompilerOf } from "./core/host-compiler.ts";
import type { EnrolledHost } from "./identity/enrolled-host.ts";

/** The assigned revision, the newest, and one that is going out of use. */
const KEPT = 3;

/**
 * What each host should have of a revision, computed once per host record and
 * revision: reconcilers and readers ask for the same answer over and over.
 */
export class CompiledHosts {
  readonly #tree: (revision: number) => Promise<ResourceTree>;
  readonly #revisions = new Map<number, Promise<CompiledRevision>>();

  constructor(tree: (revision: number) => Promise<ResourceTree>) {
    this.#tree = tree;
  }

  async compiled(host: EnrolledHost, revision: number): Promise<Compiled> {
    return (await this.#revision(revision)).compiled(host);
  }

  #revision(number: number): Promise<CompiledRevision> {
    const known = this.#revisions.get(number);
    // Put last again: the first is the one that was not asked for longest.
    this.#revisions.delete(number);
    const revision = known ?? this.#tree(number).then((tree) => new CompiledRevision(tree));
    this.#revisions.set(number, revision);
    if (known === undefined) {
      revision.catch(() => this.#revisions.delete(number));
      for (const oldest of [...this.#revisions.keys()].slice(0, -KEPT))
        this.#revisions.delete(oldest);
    }
    return revision;
  }
}

class CompiledRevision {
  readonly #compile: HostCompiler;
  /** A record never changes; a changed host is another record. */
  readonly #hosts = new WeakMap<EnrolledHost, Compiled>();

  constructor(tree: ResourceTree) {
    this.#compile = hostCompilerOf(tree);
  }

  compiled(host: EnrolledHost): Compiled {
    const compiled = this.#hosts.get(host) ?? this.#compile(host);
    this.#hosts.set(host, compiled);
    return compiled;
  }
}
