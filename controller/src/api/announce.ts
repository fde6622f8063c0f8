import { type ChangePreviewDocument, desiredDigest, hasRole } from "@seawall/policy";
import type { Compiled } from "../core/host-compiler.ts";
import { strategyOf } from "../core/rollout-strategy.ts";
import type { Fleet } from "../fleet.ts";
import type { Unanswered } from "./agent-sessions.ts";
import type { Caller } from "./authorize.ts";
import { inTurns } from "./in-turns.ts";
import { changedInPlay, mayChange } from "./require-guardrail-admin.ts";
import type { JudgedChange } from "./write.ts";

type Announced = NonNullable<ChangePreviewDocument["announced"]>;

/** Tells a host that what it answered to a preview was told. Undefined: it is on its disk. Never fails. */
export type AnnouncePreview = (
  host: string,
  preview: string,
  before: string,
) => Promise<Unanswered | undefined>;

/** A host that the change is about. */
export interface Candidate {
  readonly host: string;
  /** What it has by the newest revision. */
  readonly before: Compiled;
  /** By which it knows its answer; absent: it gave none. */
  readonly preview?: string;
  /** Why nobody has been told what the change does there; absent: somebody has. */
  readonly untold?: Unanswered;
}

const oldAgent = {
  reason: "AgentTooOld",
  message: "its agent knows no announcements: upgrade it",
};

/** `NoGate`: the RolloutStrategy that the change would go out by does not ask for NewDrops. */
export type Announcing = "NoGate" | "Viewer" | "Guardrail" | "May";

/** Whether the caller, who looks at a change, may have hosts keep it: only if he may apply it. */
export async function announcing(
  judged: JudgedChange,
  caller: Caller,
  fleet: Fleet,
): Promise<Announcing> {
  const { set, hosts, newest, directory, compileCurrent, compileNext } = judged;
  if (strategyOf(set.next)?.gates.includes("NewDrops") !== true) return "NoGate";
  if (!hasRole(caller.role, "operator")) return "Viewer";
  const [before, after] = [
    { hosts, compile: compileCurrent },
    { hosts, compile: compileNext },
  ];
  const may =
    mayChange(caller, judged, before, after) &&
    (await changedInPlay(caller, { ...after, newest, directory, mayGoBack: true }, fleet)) ===
      undefined;
  return may ? "May" : "Guardrail";
}

/** Has each host keep what was computed for it, so that the gate NewDrops can compare. Undefined: there is no such gate. */
export async function announce(
  candidates: readonly Candidate[],
  { may, isAllTold }: { readonly may: Announcing; readonly isAllTold: boolean },
  tell: AnnouncePreview,
  over: AbortSignal,
): Promise<Announced | undefined> {
  if (may === "NoGate") return undefined;
  if (may !== "May") return { hosts: 0, reason: may, unannounced: [] };
  if (!isAllTold) return { hosts: 0, reason: "TooMuchToTell", unannounced: [] };
  const unannounced: Announced["unannounced"] = [];
  await inTurns(candidates, over, async ({ host, before, preview = "", untold }) => {
    const why =
      untold ??
      (preview === "" ? oldAgent : await tell(host, preview, desiredDigest(before.desired)));
    if (why !== undefined) unannounced.push({ host, ...why });
  });
  return {
    ...{ hosts: candidates.length - unannounced.length, reason: "" },
    unannounced: unannounced.toSorted((a, b) => (a.host < b.host ? -1 : 1)),
  };
}
