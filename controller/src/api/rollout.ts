import { hasRole, validateTree } from "@seawall/policy";
import type {
  ApplyResponse,
  ChangeRolloutRequest__Output,
  DocumentResponse,
  UndoRequest__Output,
} from "@seawall/proto";
import { changeRollout, rolloutActions } from "../core/change-rollout.ts";
import { changesBetween } from "../core/change-set.ts";
import { hostCompilerOf } from "../core/host-compiler.ts";
import { rolloutDocument } from "../core/rollout-document.ts";
import type { Rollout, RolloutRecord } from "../core/rollout-record.ts";
import type { Fleet } from "../fleet.ts";
import type { Caller } from "./authorize.ts";
import { keptTree } from "./kept-tree.ts";
import { RequestRefused } from "./request-refused.ts";
import { requireFor } from "./require-guardrail-admin.ts";
import { treesInPlay } from "./trees-in-play.ts";
import { write } from "./write.ts";

/** The newest rollout, and those before it. */
export async function rollout(fleet: Fleet): Promise<DocumentResponse> {
  const record = recordOf(fleet);
  const document = rolloutDocument(record, await fleet.rollouts.situation(record));
  if (document === undefined) throw none();
  return { document: JSON.stringify(document) };
}

/** Pauses, resumes, promotes, aborts or confirms the newest rollout; answers with what it is then. */
export async function changeNewestRollout(
  request: ChangeRolloutRequest__Output,
  caller: Caller,
  fleet: Fleet,
): Promise<DocumentResponse> {
  const action = rolloutActions.find((known) => known === request.action);
  if (action === undefined) {
    const known = rolloutActions.join(", ");
    throw new RequestRefused("InvalidRequest", `no action "${request.action}"; there are ${known}`);
  }
  const meant = latestOf(recordOf(fleet));
  if (request.revision !== 0 && request.revision !== meant.target) throw notNewest(request, meant);
  await requireForRollout(meant, caller, fleet);
  await fleet.rollouts.change((record) => {
    const latest = latestOf(record);
    // What was allowed was allowed for this one.
    if (latest.target !== meant.target || latest.from !== meant.from) {
      throw new RequestRefused("StaleRevision", "a newer rollout has begun; look again");
    }
    const changed = changeRollout(record, action, caller.name, Date.now());
    if (!changed.ok) throw new RequestRefused("Conflict", changed.message);
    return changed.record;
  }, `user/${caller.name}`);
  return await rollout(fleet);
}

/** Commits what an earlier revision said as a new one. */
export async function undo(
  { to, dryRun, message }: UndoRequest__Output,
  caller: Caller,
  fleet: Fleet,
): Promise<ApplyResponse> {
  const revision = to === 0 ? latestOf(recordOf(fleet)).from : to;
  const tree = await keptTree(revision, fleet);
  const words = message === "" ? `undo: back to revision ${String(revision)}` : message;
  return await write({ dryRun, message: words }, caller, fleet, (current) => ({
    set: { ...changesBetween(current, tree), next: tree },
    issues: validateTree([...tree.values()], [], "fleet"),
    files: [],
    controller: { ports: [] },
  }));
}

function recordOf(fleet: Fleet): RolloutRecord {
  const record = fleet.rollouts.record();
  if (record === undefined) {
    throw new RequestRefused(
      "Conflict",
      "the record of rollouts in the store is not believed, see the controller's log; hosts keep the rules they have",
    );
  }
  return record;
}

function latestOf({ latest }: RolloutRecord): Rollout {
  if (latest === undefined) throw none();
  return latest;
}

function none(): RequestRefused {
  return new RequestRefused("NotFound", "there has been no rollout yet");
}

function notNewest({ revision }: { readonly revision: number }, { target }: Rollout) {
  return new RequestRefused(
    "StaleRevision",
    `the newest rollout is of revision ${String(target)}, not ${String(revision)}`,
  );
}

/** Where the rollout changes the Guardrail part of a host, going on with it, holding it and taking it back do so too. */
async function requireForRollout(
  { target, from }: Rollout,
  caller: Caller,
  fleet: Fleet,
): Promise<void> {
  if (hasRole(caller.role, "guardrail-admin")) return;
  const [hosts, directory] = [fleet.hosts(), fleet.directory()];
  const after = { hosts, compile: hostCompilerOf(await keptTree(target, fleet), directory) };
  const inPlay = await treesInPlay(target, fleet, { mayGoBack: true });
  for (const tree of [await keptTree(from, fleet), ...inPlay.values()]) {
    requireFor(caller, { hosts, compile: hostCompilerOf(tree, directory) }, after);
  }
}
