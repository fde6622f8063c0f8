import { setTimeout } from "node:timers/promises";
import { type RolloutDocument, rolloutDocument } from "@seawall/policy";
import type { Connection } from "./connection.ts";
import { humanDuration } from "./duration.ts";
import { CommandFailure, type ExitCode, exitCodes } from "./exit-code.ts";
import { readDocuments } from "./read-document.ts";
import type { Session } from "./session.ts";
import { rolloutLines, rolloutTree } from "./views/rollout.ts";

export interface WatchedRollout {
  /** Of this revision; undefined: of whatever is newest. */
  readonly revision: number | undefined;
  /** In milliseconds. */
  readonly timeout: number;
  /** Where the tree is drawn; false: a line for each change. */
  readonly isTree: boolean;
  readonly write: (text: string) => void;
}

const PAUSE_MS = 1_000;

export async function readRollout(connection: Connection): Promise<RolloutDocument> {
  const [document] = readDocuments(rolloutDocument, [await connection.rollout()]);
  if (document === undefined) throw new Error("one document was read");
  return document;
}

/** Tells how a rollout goes until it is over: yes when it was completed, no when it was not, or a newer one took its place. */
export async function watchRollout(
  wanted: WatchedRollout,
  connection: Connection,
  session: Session,
): Promise<ExitCode> {
  const begin = session.terminal.now();
  const show = wanted.isTree ? redrawn(wanted, session) : told(wanted, session);
  for (;;) {
    const rollout = await newestRollout(wanted, connection, session);
    if (rollout !== undefined) {
      show(rollout);
      const over = verdict(rollout, wanted, session);
      if (over !== undefined) return over;
    }
    if (session.terminal.now() - begin + PAUSE_MS > wanted.timeout) {
      session.say(`Error: not over after ${humanDuration(wanted.timeout)}. The rollout goes on.`);
      return exitCodes.timeout;
    }
    await pause(session);
  }
}

/** Undefined while it has not begun, or the controller is away. */
async function newestRollout(
  { revision = 0 }: WatchedRollout,
  connection: Connection,
  session: Session,
): Promise<RolloutDocument | undefined> {
  try {
    const rollout = await readRollout(connection);
    return rollout.spec.revision < revision ? undefined : rollout;
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    if (error.exitCode === exitCodes.no && revision !== 0) return undefined;
    if (error.exitCode !== exitCodes.unreachable) throw error;
    session.say("The controller is not reachable; trying again.");
    return undefined;
  }
}

function verdict(
  { spec, status }: RolloutDocument,
  { revision }: WatchedRollout,
  session: Session,
): ExitCode | undefined {
  if (revision !== undefined && spec.revision > revision) {
    session.say(`Revision ${spec.revision} has taken the place of revision ${revision}.`);
    return exitCodes.no;
  }
  if (status.phase === "Completed") return exitCodes.yes;
  return status.phase === "RolledBack" ? exitCodes.no : undefined;
}

/** In place of what was drawn before. */
function redrawn({ write }: WatchedRollout, session: Session): (rollout: RolloutDocument) => void {
  let lines = 0;
  return (rollout) => {
    const text = `${rolloutTree(rollout, session.view()).trimEnd()}\n`;
    const erase = lines === 0 ? "" : `\u001b[${String(lines)}A\u001b[J`;
    write(erase + text);
    lines = text.split("\n").length - 1;
  };
}

function told({ write }: WatchedRollout, session: Session): (rollout: RolloutDocument) => void {
  const shown = new Map<string, string>();
  return (rollout) => {
    const time = new Date(session.terminal.now()).toISOString().slice(0, 19);
    for (const [what, line] of rolloutLines(rollout)) {
      if (shown.get(what) !== line) write(`${time}Z ${line}\n`);
      shown.set(what, line);
    }
  };
}

async function pause(session: Session): Promise<void> {
  const { interrupted } = session.terminal;
  await setTimeout(PAUSE_MS, undefined, { signal: interrupted }).catch((error: unknown) => {
    if (!interrupted.aborted) throw error;
    throw new CommandFailure(exitCodes.interrupted, "Interrupted. The rollout itself goes on.");
  });
}
