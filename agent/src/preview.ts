import { desiredDigest, type HostView, resolve } from "@seawall/policy";
import { connectionJudgeOf } from "./core/connection-judge-of.ts";
import { createConnectionsToCut } from "./core/connections-to-cut.ts";
import { inventoryOf } from "./core/host-report.ts";
import { deniesAnything } from "./core/judge-connection.ts";
import { ownForeseen } from "./host-reading.ts";
import type {
  AnnounceBundle,
  Conntrack,
  CutRecords,
  FailedCall,
  PreviewBundle,
  PreviewVerdict,
  Routes,
} from "./ports.ts";
import type { Reconciler } from "./reconciler.ts";

export interface PreviewSources {
  readonly openPreview: (envelope: Uint8Array) => PreviewVerdict;
  readonly readHost: Reconciler["readHost"];
  readonly conntrack: Pick<Conntrack, "list">;
  readonly routes: Routes;
  readonly cutRecords: Pick<CutRecords, "announce">;
  /** Another one each time. */
  readonly newId: () => string;
}

export interface Preview {
  readonly previewBundle: PreviewBundle;
  readonly announceBundle: AnnounceBundle;
}

/** What was answered, for when somebody says that it was told. */
interface Answered {
  readonly id: string;
  readonly revision: number;
  readonly after: string;
  readonly view: HostView;
}

/** Each has the host's networks and containers in it. Who looked first is not waited for by all who look after him. */
const MOST_REMEMBERED = 8;

const forgotten =
  "its agent does not know its answer any more: others have asked since, or it has started again";

/**
 * What a bundle would do to this host as it is now: it is resolved and live connections are judged by it as they are by
 * the one in force, and nothing is written, marked or kept. Only what is announced then is kept.
 */
export function createPreview(sources: PreviewSources): Preview {
  const { openPreview, readHost, conntrack, routes, cutRecords, newId } = sources;
  let answered: readonly Answered[] = [];

  const remember = (one: Answered): string => {
    answered = [...answered, one].slice(-MOST_REMEMBERED);
    return one.id;
  };

  const previewBundle: PreviewBundle = async ({ envelope, announceable }, signal) => {
    const opened = openPreview(envelope);
    if (opened.kind === "refused") return refused(opened.refusal);
    const host = await readHost();
    if (host.kind === "failed" || signal.aborted) return host.kind === "failed" ? host : undefined;
    const { desired, revision } = opened;
    const view = {
      ...host.view,
      ownPorts: ownForeseen(host.ownPorts, desired.policies, host.view),
    };
    const id = announceable
      ? remember({ id: newId(), revision, after: desiredDigest(desired), view })
      : "";
    const inventory = inventoryOf(view);
    const state = resolve(desired, view);
    if (!deniesAnything(state)) return { id, inventory, cut: 0, connections: [], notJudged: 0 };
    const { bridgeNf } = view.engine;
    const toCut = createConnectionsToCut(
      connectionJudgeOf({ state, bridgeNf }, await routes.read()),
    );
    const listed = await conntrack.list(toCut);
    return listed.kind === "failed" ? listed : { id, inventory, ...toCut.report() };
  };

  const announceBundle: AnnounceBundle = async (preview, before) => {
    const found = answered.find(({ id }) => id === preview);
    if (found === undefined) {
      return refused({ reason: "PreviewForgotten", message: forgotten });
    }
    const { revision, after, view } = found;
    try {
      await cutRecords.announce({ revision, before, after, view });
      return undefined;
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      return refused({ reason: "StateNotWritable", message: `it cannot be kept on disk: ${said}` });
    }
  };

  return { previewBundle, announceBundle };
}

function refused({ reason, message }: { readonly reason: string; readonly message: string }) {
  return { kind: "failed", failure: { class: "terminal", reason, message } } satisfies FailedCall;
}
