import {
  type ControllerPath,
  factsOfHost,
  type Issue,
  type LabelSelector,
  type ParsedResource,
  parseManifests,
  parseSelector,
  unsupportedIssues,
  validateTree,
} from "@seawall/policy";
import type { ApplyRequest__Output, ApplyResponse, DeleteRequest__Output } from "@seawall/proto";
import {
  type ChangeSet,
  changesAnything,
  planApply,
  planDelete,
  type ResourceTree,
} from "../core/change-set.ts";
import type { FleetDirectory } from "../core/fleet-directory.ts";
import { fleetIssues } from "../core/fleet-issues.ts";
import { hostDiffs, tooLargeBundles } from "../core/host-changes.ts";
import { type HostCompiler, hostCompilerOf } from "../core/host-compiler.ts";
import { rolledBackIssues } from "../core/rolled-back-issues.ts";
import { strategyOf } from "../core/rollout-strategy.ts";
import { treeIssues } from "../core/tree-limits.ts";
import { unconfirmedIssues } from "../core/unconfirmed-issues.ts";
import { unknownDirectoryIssue } from "../core/unknown-directory-issue.ts";
import type { Fleet } from "../fleet.ts";
import type { EnrolledHost } from "../identity/enrolled-host.ts";
import type { Caller } from "./authorize.ts";
import { changeMessages, issueMessage } from "./change-messages.ts";
import { hostDocuments } from "./documents.ts";
import { RequestRefused } from "./request-refused.ts";
import { requireFor, requireForObjects, requireInPlay } from "./require-guardrail-admin.ts";

const CAS_ATTEMPTS = 10;

/** Validates all files as one change and commits it as one revision, or commits nothing. */
export async function apply(
  request: ApplyRequest__Output,
  caller: Caller,
  fleet: Fleet,
  controller: ControllerPath,
): Promise<ApplyResponse> {
  const planned = planOf(request, fleet, controller);
  return planned.ok
    ? await write(request, caller, fleet, planned.plan)
    : refused(planned.issues, await fleet.newestRevision());
}

/** What `apply` would commit, judged as it judges it, and what it would make of the hosts. */
export async function judgeApply(
  request: ApplyRequest__Output,
  fleet: Fleet,
  controller: ControllerPath,
): Promise<Judged> {
  const planned = planOf(request, fleet, controller);
  if (planned.ok) return await judgeChange({ ...request, dryRun: true }, fleet, planned.plan);
  return { kind: "refused", response: refused(planned.issues, await fleet.newestRevision()) };
}

type Planned =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly issues: readonly Issue[] };

function planOf(request: ApplyRequest__Output, fleet: Fleet, controller: ControllerPath): Planned {
  const prune = pruneSelector(request);
  const parsed = parseManifests(request.files.map(({ name, content }) => ({ name, content })));
  const early = [...parsed.issues, ...parsed.resources.flatMap(unsupportedIssues)];
  if (early.some(isError)) return { ok: false, issues: early };
  const plan: Plan = (current) => {
    const set = planApply(
      current,
      parsed.resources.map(({ resource }) => resource),
      prune,
    );
    return {
      set,
      issues: [
        ...early,
        ...validateTree([...set.next.values()], parsed.resources, "fleet"),
        ...rolledBackIssues(fleet.rollouts.record()),
      ],
      files: parsed.resources,
      controller,
    };
  };
  return { ok: true, plan };
}

/** Deletes objects in one revision, or none of them. */
export async function remove(
  request: DeleteRequest__Output,
  caller: Caller,
  fleet: Fleet,
): Promise<ApplyResponse> {
  const keys = request.objects.map(({ kind, name }) => `${kind}/${name}`);
  if (keys.length === 0)
    throw new RequestRefused("InvalidRequest", "nothing to delete: name at least one object");
  return await write(request, caller, fleet, (current) => {
    const plan = planDelete(current, keys);
    if (!plan.ok) throw new RequestRefused("NotFound", `${plan.missing.join(", ")} not found`);
    const issues = [
      ...validateTree([...plan.set.next.values()], [], "fleet"),
      ...rolledBackIssues(fleet.rollouts.record()),
    ];
    return { set: plan.set, issues, files: [], controller: { ports: [] } };
  });
}

interface WriteOptions {
  readonly dryRun: boolean;
  /** Absent: whatever is newest. 0: only while there is none. */
  readonly ifRevision?: number | undefined;
  readonly message: string;
  /** 0 or absent: it need not be confirmed. */
  readonly confirmWithinMs?: number;
}

type Plan = (current: ResourceTree) => {
  readonly set: ChangeSet;
  readonly issues: readonly Issue[];
  /** What the change names, with its places. */
  readonly files: readonly ParsedResource[];
  readonly controller: ControllerPath;
};

/** A change that is valid, and what it makes of the hosts at one moment. */
export interface JudgedChange {
  readonly kind: "valid";
  readonly newest: number;
  readonly current: ResourceTree;
  readonly set: ChangeSet;
  readonly answer: Pick<ApplyResponse, "issues" | "changes">;
  readonly hosts: readonly EnrolledHost[];
  /** By which both below compile. */
  readonly directory: FleetDirectory | undefined;
  /** Undefined: what hosts have of the newest revision cannot be told. */
  readonly compileCurrent: HostCompiler | undefined;
  readonly compileNext: HostCompiler;
}

export type Judged = JudgedChange | { readonly kind: "refused"; readonly response: ApplyResponse };

/** Commits what `plan` makes of the newest revision, if it is valid and the caller may. */
export async function write(
  options: WriteOptions,
  caller: Caller,
  fleet: Fleet,
  plan: Plan,
): Promise<ApplyResponse> {
  const { confirmWithinMs = 0 } = options;
  for (let attempt = 0; attempt < CAS_ATTEMPTS; attempt++) {
    const judged = await judgeChange(options, fleet, plan);
    if (judged.kind === "refused") return judged.response;
    if (options.dryRun) return dryRun(judged);
    const { newest, current, set, answer, hosts, compileCurrent, compileNext } = judged;
    const inWaves = strategyOf(set.next) !== undefined;
    if (!changesAnything(set)) return { ...answer, revision: newest, committed: false, inWaves };
    requireForObjects(caller, current, set);
    const after = { hosts, compile: compileNext };
    requireFor(caller, { hosts, compile: compileCurrent }, after);
    const mayGoBack = inWaves || confirmWithinMs !== 0;
    const change = { ...after, newest, directory: judged.directory, mayGoBack };
    await requireInPlay(caller, change, fleet);
    const outcome = await fleet.commit(newest, set.next, {
      ...{ author: caller.name, message: options.message },
      ...(confirmWithinMs === 0 ? {} : { confirmWithinMs }),
    });
    if (outcome.kind === "refused") throw new RequestRefused("InvalidRequest", outcome.message);
    if (outcome.kind === "committed") {
      return { ...answer, revision: outcome.revision, committed: true, inWaves };
    }
  }
  throw new RequestRefused(
    "StaleRevision",
    "others kept changing the fleet at the same time; try again",
  );
}

/** What a write answers that changes nothing. */
export function dryRun(judged: JudgedChange): ApplyResponse {
  const { newest, answer, hosts, compileCurrent, compileNext } = judged;
  return {
    ...answer,
    revision: newest,
    committed: false,
    hostsUnknown: compileCurrent === undefined,
    hosts: compileCurrent === undefined ? [] : [...hostDiffs(hosts, compileCurrent, compileNext)],
  };
}

async function judgeChange(
  { ifRevision, dryRun: isDryRun }: WriteOptions,
  fleet: Fleet,
  plan: Plan,
): Promise<Judged> {
  const newest = await fleet.newestRevision();
  if (ifRevision !== undefined && ifRevision !== newest) {
    throw new RequestRefused(
      "StaleRevision",
      `the newest revision is ${String(newest)}, not ${String(ifRevision)}: somebody else has changed the fleet. Look again with \`seawall diff\``,
    );
  }
  const current = await fleet.tree(newest);
  const { set, issues, files, controller } = plan(current);
  const early = [...issues, ...treeIssues(set)];
  if (early.some(isError)) return { kind: "refused", response: refused(early, newest) };
  const facts = (await hostDocuments(fleet)).map(factsOfHost);
  // At one moment: the hosts are those of the directory.
  const [hosts, directory, unbelieved] = [
    fleet.hosts(),
    fleet.directory(),
    fleet.unbelievedHosts(),
  ];
  // Only what is valid can be compiled.
  const compileNext = hostCompilerOf(set.next, directory);
  if (compileNext === undefined) {
    const unknown = unknownDirectoryIssue("error", "nothing was written", unbelieved);
    return { kind: "refused", response: refused([...early, unknown], newest) };
  }
  const compileCurrent = hostCompilerOf(current, directory);
  const all = [
    ...early,
    ...(isDryRun && compileCurrent === undefined
      ? [unknownDirectoryIssue("warning", "what changes on the hosts cannot be told", unbelieved)]
      : []),
    ...unconfirmedIssues(fleet.rollouts.record()),
    ...tooLargeBundles(hosts, compileNext),
    ...fleetIssues(current, set.next, files, { hosts: facts, controller }),
  ];
  if (all.some(isError)) return { kind: "refused", response: refused(all, newest) };
  const answer = { issues: all.map(issueMessage), changes: changeMessages(set) };
  return {
    ...{ kind: "valid", newest, current, set, answer, hosts, directory },
    ...{ compileCurrent, compileNext },
  };
}

function pruneSelector({
  prune,
  pruneSelector: text,
}: ApplyRequest__Output): LabelSelector | undefined {
  if (!prune) return undefined;
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new RequestRefused("InvalidRequest", parsed.message);
  if (text.trim() === "")
    throw new RequestRefused(
      "InvalidRequest",
      "prune needs a selector: without one it would delete the whole fleet's objects",
    );
  return parsed.selector;
}

function refused(issues: readonly Issue[], newest: number): ApplyResponse {
  return { issues: issues.map(issueMessage), changes: [], revision: newest, committed: false };
}

function isError({ severity }: Issue): boolean {
  return severity === "error";
}
