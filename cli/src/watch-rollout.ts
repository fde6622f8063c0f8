import { setTimeout } from "node:timers/promises";
import { type RolloutDocument, rolloutDocument } from "@seawall/policy";
import type { Connection } from "./connection.ts";
import { humanDuration } from "./duration.ts";
import { CommandFailure, type ExitCode, exitCodes } from "./exit-code.ts";
import { readDocuments } from "./read-document.ts";
import type { RolloutDisplay, RolloutLook } from "./rollout-display.ts";
import type { Session } from "./session.ts";

export interface WatchedRollout {
  /** Of this revision; undefined: of whatever is newest. */
  readonly revision: number | undefined;
  /** In milliseconds. */
  readonly timeout: number;
  readonly display: RolloutDisplay;
}

const PAUSE_MS = 1_000;

export async function readRollout(connection: Connection): Promise<RolloutLook> {
  const json = await connection.rollout();
  const [rollout] = readDocuments(rolloutDocument, [json]);
  if (rollout === undefined) throw new Error("one document was read");
  return { json, rollout };
}

/** Tells how a rollout goes until it is over: yes when it was completed, no when it was not, or a newer one took its place. */
export async function watchRollout(
  { revision, timeout, display }: WatchedRollout,
  connection: Connection,
  session: Session,
): Promise<ExitCode> {
  const begin = session.terminal.now();
  let isAway = false;
  for (;;) {
    const look = await newestRollout(revision, connection);
    if (look.kind === "there") {
      const over = verdict(look.rollout, revision);
      if (over === undefined) display.show(look);
      else display.finish(look);
      if (over?.words !== undefined) session.say(over.words);
      if (over !== undefined) return over.exitCode;
    }
    if (look.kind === "away" && !isAway) {
      session.say("The controller is not reachable; trying again.");
      display.leave();
    }
    isAway = look.kind === "away";
    if (session.terminal.now() - begin + PAUSE_MS > timeout) {
      session.say(`Error: not over after ${humanDuration(timeout)}. The rollout goes on.`);
      return exitCodes.timeout;
    }
    await pause(PAUSE_MS, session);
  }
}

export type NewestRollout =
  | ({ readonly kind: "there" } & RolloutLook)
  /** That of the revision has not begun. */
  | { readonly kind: "to come" }
  /** The controller is not reachable. */
  | { readonly kind: "away" };

/** That of this revision or a newer one. */
export async function newestRollout(revision = 0, connection: Connection): Promise<NewestRollout> {
  try {
    const look = await readRollout(connection);
    return look.rollout.spec.revision < revision ? { kind: "to come" } : { kind: "there", ...look };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    if (error.exitCode === exitCodes.no && revision !== 0) return { kind: "to come" };
    if (error.exitCode !== exitCodes.unreachable) throw error;
    return { kind: "away" };
  }
}

interface Verdict {
  readonly exitCode: ExitCode;
  readonly words?: string;
}

/** Undefined: it goes on. */
function verdict(
  { spec, status }: RolloutDocument,
  revision: number | undefined,
): Verdict | undefined {
  if (revision !== undefined && spec.revision > revision) {
    const words = `Revision ${spec.revision} has taken the place of revision ${revision}.`;
    return { exitCode: exitCodes.no, words };
  }
  if (status.phase === "Completed") return { exitCode: exitCodes.yes };
  return status.phase === "RolledBack" ? { exitCode: exitCodes.no } : undefined;
}

/** @throws CommandFailure on Ctrl-C */
export async function pause(milliseconds: number, session: Session): Promise<void> {
  const { interrupted } = session.terminal;
  await setTimeout(milliseconds, undefined, { signal: interrupted }).catch((error: unknown) => {
    if (!interrupted.aborted) throw error;
    throw new CommandFailure(exitCodes.interrupted, "Interrupted. The rollout itself goes on.");
  });
}
