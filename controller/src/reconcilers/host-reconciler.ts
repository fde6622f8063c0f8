import { encodeBundle } from "@seawall/policy";
import { seal } from "@seawall/proto";
import type { Logger } from "pino";
import type { CompiledHosts } from "../compiled-hosts.ts";
import { type AcceptedBundle, nextBundle, type StoredContent } from "../core/next-bundle.ts";
import type { EnrolledHost } from "../identity/enrolled-host.ts";
import type { SigningKey } from "../identity/signing-key.ts";
import type { Reconciler, Result } from "../runtime/workqueue.ts";

/** What lies in the store for one host. */
export interface StoredDesired {
  /** The verified bundle; undefined when nothing is there or it is not ours. */
  readonly bundle: StoredContent | undefined;
  /** For the next write's compare-and-set. */
  readonly sequence: number;
}

export interface DesiredStore {
  read(host: string): Promise<StoredDesired>;
  /** False when somebody else has written since `sequence`. */
  put(host: string, bytes: Buffer, sequence: number): Promise<boolean>;
  purge(host: string): Promise<void>;
}

/** `unknown`: no record, or one that is not believed. Then nothing is touched: rules stay as they are. */
export type HostLookup =
  | { readonly kind: "enrolled"; readonly host: EnrolledHost }
  | { readonly kind: "deleted" }
  | { readonly kind: "unknown" };

export interface HostReconcilerOptions {
  readonly host: (name: string) => HostLookup;
  /** The revision assigned to the host; undefined when what says so is not believed. Then nothing is touched. */
  readonly assignedRevision: (host: EnrolledHost) => number | undefined;
  readonly compiled: CompiledHosts;
  readonly desired: DesiredStore;
  readonly accepted: (name: string) => AcceptedBundle | undefined;
  readonly epoch: number;
  readonly signingKey: SigningKey;
  /** Only the leader writes. */
  readonly isLeader: () => boolean;
  readonly log: Logger;
}

const done: Result = { kind: "done" };

/** Makes the bundle of one host say what its assigned revision says. */
export function createHostReconciler(options: HostReconcilerOptions): Reconciler {
  return async (name) => {
    if (!options.isLeader()) return done;
    const found = options.host(name);
    if (found.kind === "deleted") await options.desired.purge(name);
    if (found.kind !== "enrolled") return done;
    const { host } = found;
    // Both its agents would have it.
    if (host.quarantine !== undefined) return done;
    const revision = options.assignedRevision(host);
    if (revision === undefined) return done;
    const compiled = await options.compiled.compiled(host, revision);
    // Who is meant by its rules is not known: it keeps those it has.
    if (compiled === undefined) return done;
    const stored = await options.desired.read(name);
    const bundle = nextBundle({
      host: name,
      epoch: options.epoch,
      revision,
      ...compiled,
      stored: stored.bundle,
      accepted: options.accepted(name),
    });
    if (bundle === undefined) return done;
    const sealed = seal("bundle", encodeBundle(bundle), options.signingKey);
    if (!(await options.desired.put(name, sealed, stored.sequence))) {
      return { kind: "requeueAfter", ms: 0 };
    }
    options.log.info({ host: name, generation: bundle.generation, revision }, "bundle written");
    return done;
  };
}
