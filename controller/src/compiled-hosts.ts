import { namesHosts } from "@seawall/policy";
import type { ResourceTree } from "./core/change-set.ts";
import type { FleetDirectory } from "./core/fleet-directory.ts";
import { type Compiled, hostCompilerOf } from "./core/host-compiler.ts";
import type { EnrolledHost } from "./identity/enrolled-host.ts";

/** Those that hosts are on in the middle of a rollout that took another one's place, the newest, and one that is going out of use. */
const KEPT = 5;

/**
 * What each host should have of a revision, computed once per host record, revision
 * and, where the revision names hosts, directory: reconcilers and readers ask for the
 * same answer over and over.
 */
export class CompiledHosts {
  readonly #tree: (revision: number) => Promise<ResourceTree>;
  readonly #directory: () => FleetDirectory | undefined;
  readonly #revisions = new Map<number, Promise<CompiledRevision>>();

  constructor(
    tree: (revision: number) => Promise<ResourceTree>,
    directory: () => FleetDirectory | undefined,
  ) {
    this.#tree = tree;
    this.#directory = directory;
  }

  /** Undefined while the revision names hosts and the directory is not known. */
  async compiled(host: EnrolledHost, revision: number): Promise<Compiled | undefined> {
    const compiledRevision = await this.#revision(revision);
    return compiledRevision.compiled(host, this.#directory());
  }

  /** Whether what the revision compiles to depends on the directory. */
  async namesHosts(revision: number): Promise<boolean> {
    return (await this.#revision(revision)).namesHosts;
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
  readonly namesHosts: boolean;
  readonly #tree: ResourceTree;
  #latest: ReturnType<typeof answersOf> | undefined;

  constructor(tree: ResourceTree) {
    this.#tree = tree;
    this.namesHosts = namesHosts(tree.values());
  }

  compiled(host: EnrolledHost, directory: FleetDirectory | undefined): Compiled | undefined {
    const isOld = this.namesHosts && this.#latest?.directory !== directory;
    if (this.#latest === undefined || isOld) this.#latest = answersOf(this.#tree, directory);
    const { compile, hosts } = this.#latest;
    const compiled = hosts.get(host) ?? compile?.(host);
    if (compiled !== undefined) hosts.set(host, compiled);
    return compiled;
  }
}

function answersOf(tree: ResourceTree, directory: FleetDirectory | undefined) {
  return {
    directory,
    compile: hostCompilerOf(tree, directory),
    /** A record never changes; a changed host is another record. */
    hosts: new WeakMap<EnrolledHost, Compiled>(),
  };
}
