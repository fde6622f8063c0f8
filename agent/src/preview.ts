import { resolve } from "@seawall/policy";
import { createConnectionsToCut } from "./core/connections-to-cut.ts";
import { inventoryOf } from "./core/host-report.ts";
import { deniesAnything } from "./core/judge-connection.ts";
import { ownNamed } from "./host-reading.ts";
import { connectionJudgeOf } from "./live-connections.ts";
import type { Conntrack, FailedCall, PreviewBundle, PreviewVerdict, Routes } from "./ports.ts";
import type { Reconciler } from "./reconciler.ts";

export interface PreviewSources {
  readonly openPreview: (envelope: Uint8Array) => PreviewVerdict;
  readonly readHost: Reconciler["readHost"];
  readonly conntrack: Pick<Conntrack, "list">;
  readonly routes: Routes;
}

/**
 * What a bundle would do to this host as it is now: it is resolved and live connections are judged by it as they are by
 * the one in force, and nothing is written, marked or kept.
 */
export function createPreview(sources: PreviewSources): PreviewBundle {
  const { openPreview, readHost, conntrack, routes } = sources;
  return async (envelope, signal) => {
    const opened = openPreview(envelope);
    if (opened.kind === "refused") return refused(opened.refusal);
    const host = await readHost();
    if (host.kind === "failed" || signal.aborted) return host.kind === "failed" ? host : undefined;
    const { desired } = opened;
    const view = { ...host.view, ownPorts: ownNamed(host.ownPorts, desired.policies) };
    const inventory = inventoryOf(view);
    const state = resolve(desired, view);
    if (!deniesAnything(state)) return { inventory, cut: 0, connections: [], notJudged: 0 };
    const { bridgeNf } = view.engine;
    const toCut = createConnectionsToCut(
      connectionJudgeOf({ state, bridgeNf }, await routes.read()),
    );
    const listed = await conntrack.list(toCut);
    return listed.kind === "failed" ? listed : { inventory, ...toCut.report() };
  };
}

function refused({ reason, message }: { readonly reason: string; readonly message: string }) {
  return { kind: "failed", failure: { class: "terminal", reason, message } } satisfies FailedCall;
}
