import { setImmediate } from "node:timers/promises";
import {
  type Bundle,
  type ChangePreviewDocument,
  type ControllerPath,
  factsOfHost,
  type HostDocument,
} from "@seawall/policy";
import type { ApplyRequest__Output, PreviewResponse } from "@seawall/proto";
import type { Compiled, HostCompiler } from "../core/host-compiler.ts";
import { hostDocument } from "../core/host-document.ts";
import { joinedTraffic } from "../core/joined-traffic.ts";
import {
  type HostTraffic,
  hostConnections,
  hostTraffic,
  toldConnections,
} from "../core/preview-host.ts";
import type { Fleet, KnownHost } from "../fleet.ts";
import type { EnrolledHost } from "../identity/enrolled-host.ts";
import type { PreviewOutcome } from "./agent-sessions.ts";
import { type AnnouncePreview, announce, announcing, type Candidate } from "./announce.ts";
import type { Caller } from "./authorize.ts";
import { inTurns } from "./in-turns.ts";
import { dryRun, type JudgedChange, judgeApply } from "./write.ts";

/**
 * Asks a host what the bundle would do there. Never fails; a host that cannot say is an answer.
 * @param announceable it may be announced then, and so the host is to know its answer
 */
export type AskPreview = (
  host: string,
  bundle: Bundle,
  announceable: boolean,
) => Promise<PreviewOutcome>;

export interface PreviewParts {
  readonly fleet: Fleet;
  readonly controller: ControllerPath;
  readonly askPreview: AskPreview;
  readonly announcePreview: AnnouncePreview;
}

const PROGRESS_MS = 500;

/** So long nobody else is heard. */
const TURN_MS = 20;
/** 120 networks took 1.4 s in all, and 2.5 s on a busy machine. */
const MOST_COMPARING_MS = 3_000;

/** What a change would do, first to the objects, then to hosts, which are asked, and to their traffic. @throws RequestRefused */
export async function* preview(
  request: ApplyRequest__Output,
  caller: Caller,
  { fleet, controller, askPreview, announcePreview }: PreviewParts,
  over: AbortSignal,
): AsyncGenerator<PreviewResponse> {
  const judged = await judgeApply(request, fleet, controller);
  yield { change: judged.kind === "refused" ? judged.response : dryRun(judged) };
  if (judged.kind === "refused" || judged.compileCurrent === undefined) return;
  const changed = changedHosts(judged, judged.compileCurrent);
  if (changed.length === 0 && !changesObjects(judged)) return;
  const known = new Map((await fleet.knownHosts()).map((one) => [one.host.name, one]));
  const may = await announcing(judged, caller, fleet);
  const found: HostFound[] = [];
  const asking = inTurns(changed, over, async (one) => {
    const outcome = await askPreview(one.host.name, candidateOf(one, judged.newest), may === "May");
    found.push(await hostFound(one, known.get(one.host.name), outcome, over));
  });
  const done = asking.then(() => true);
  while (!(await Promise.race([done, after(PROGRESS_MS)]))) {
    yield { progress: { asked: found.length, hosts: changed.length } };
  }
  if (over.aborted) return;
  const document = documentOf(judged.newest, found, known);
  const isAllTold = document.trafficLeftOut === 0;
  const announced = await announce(
    found.map((one) => candidateToAnnounce(one, document)),
    { may, isAllTold },
    announcePreview,
    over,
  );
  yield { document: JSON.stringify({ ...document, ...(announced && { announced }) }) };
}

/** What the answer does not tell of a host is not announced to it. */
function candidateToAnnounce(
  { host, before, preview, unasked }: HostFound,
  { uncompared, behind }: ChangePreviewDocument,
): Candidate {
  const older = behind.includes(host) ? olderInForce : undefined;
  const why = unasked ?? (uncompared.includes(host) ? notCompared : older);
  return {
    ...{ host, before },
    ...(preview !== undefined && { preview }),
    ...(why && { untold: { reason: why.reason, message: why.message } }),
  };
}

const notCompared = { reason: "NotCompared", message: "there is too much to compare" };
const olderInForce = {
  reason: "OlderRevision",
  message: "an older revision is in force there, and with that nothing was compared",
};

interface ChangedHost {
  readonly host: EnrolledHost;
  readonly before: Compiled;
  readonly after: Compiled;
}

function changedHosts(
  { hosts, compileNext }: JudgedChange,
  compileCurrent: HostCompiler,
): readonly ChangedHost[] {
  return hosts
    .map((host) => ({ host, before: compileCurrent(host), after: compileNext(host) }))
    .filter(({ before, after: next }) => before.content !== next.content);
}

function changesObjects({ answer }: JudgedChange): boolean {
  return (answer.changes ?? []).some(({ action }) => action !== "UNCHANGED");
}

/** Sealed for preview, it is compared with no other: its numbers say nothing. */
function candidateOf({ host, after: { desired, requires } }: ChangedHost, newest: number): Bundle {
  const numbers = { epoch: 0, generation: 0, revision: newest + 1 };
  return { format: 1, requires, host: host.name, ...numbers, desired };
}

interface HostFound extends HostTraffic {
  readonly host: string;
  readonly before: Compiled;
  /** By which the host knows its answer. */
  readonly preview?: string;
  readonly connections?: ChangePreviewDocument["connections"][number];
  readonly unasked?: ChangePreviewDocument["unasked"][number];
}

/** By what the host has just said that it is; where it did not, by its last report. */
async function hostFound(
  { host, before, after: next }: ChangedHost,
  known: KnownHost | undefined,
  outcome: PreviewOutcome,
  over: AbortSignal,
): Promise<HostFound> {
  const document = documentOfHost(known, outcome);
  const traffic =
    document === undefined
      ? { networks: [], traffic: [] }
      : ((await inShortTurns(hostTraffic(factsOfHost(document).view, before, next), over)) ??
        uncompared);
  const { name } = host;
  if (outcome.ok && document !== undefined) {
    const connections = hostConnections(name, outcome.report);
    return { host: name, before, ...traffic, connections, preview: outcome.report.id };
  }
  const { reason, message } = outcome.ok ? notReported : outcome;
  const from = document === undefined ? "Nothing" : "LastReport";
  return {
    host: name,
    before,
    ...traffic,
    unasked: { host: name, reason, message, traffic: from },
  };
}

const uncompared: HostTraffic = { networks: [], traffic: undefined };

/** Others are waiting meanwhile. Undefined: it took too long, or nobody waits for it any more. */
async function inShortTurns<T>(
  steps: Generator<undefined, T>,
  over: AbortSignal,
): Promise<T | undefined> {
  let spent = 0;
  while (spent < MOST_COMPARING_MS && !over.aborted) {
    await setImmediate();
    const began = performance.now();
    while (performance.now() - began < TURN_MS) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
    spent += performance.now() - began;
  }
  return undefined;
}

/** It has connected a moment ago. */
const notReported = { reason: "NotReported", message: "it has not said yet what it is like" };

function documentOfHost(
  one: KnownHost | undefined,
  outcome: PreviewOutcome,
): HostDocument | undefined {
  const report = one?.known.report;
  if (one === undefined || report === undefined) return undefined;
  const inventory = outcome.ok ? outcome.report.inventory : report.inventory;
  return hostDocument(one.host, { ...one.known, report: { ...report, inventory } });
}

function documentOf(
  revision: number,
  found: readonly HostFound[],
  known: ReadonlyMap<string, KnownHost>,
): ChangePreviewDocument {
  const sorted = found.toSorted((a, b) => (a.host < b.host ? -1 : 1));
  return {
    ...{ apiVersion: "seawall/v1", kind: "ChangePreview", revision },
    hosts: sorted.map(({ host, networks }) => ({ name: host, networks: [...networks] })),
    ...joinedTraffic(sorted.map(({ host, traffic = [] }) => ({ host, traffic }))),
    connections: [...toldConnections(sorted.flatMap(({ connections }) => connections ?? []))],
    unasked: sorted.flatMap(({ unasked }) => unasked ?? []),
    uncompared: sorted.flatMap(({ host, traffic }) => (traffic === undefined ? [host] : [])),
    behind: sorted
      .map(({ host }) => host)
      .filter((host) => (known.get(host)?.known.newerRevision ?? 0) > 0),
  };
}

async function after(ms: number): Promise<false> {
  return await new Promise((resolve) => {
    setTimeout(() => {
      resolve(false);
    }, ms);
  });
}
