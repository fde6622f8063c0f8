import type { RolloutDocument } from "@seawall/policy";
import type { Connection } from "./connection.ts";
import { humanDuration } from "./duration.ts";
import { CommandFailure, exitCodes } from "./exit-code.ts";
import type { Session } from "./session.ts";
import { newestRollout, pause } from "./watch-rollout.ts";

/** A rollout begins within a moment; where nobody leads the controllers, it may take longer. */
const LONGEST_MS = 10_000;
const PAUSE_MS = 250;

/**
 * Says until when a revision has to be confirmed, as the record of its rollout has it, and not as it was asked for: nobody
 * should rely on being let in again by what the controller does not know of.
 * @throws CommandFailure where it need not be confirmed, or nobody says until when
 */
export async function sayConfirmation(
  revision: number,
  connection: Connection,
  session: Session,
): Promise<void> {
  const begin = session.terminal.now();
  for (;;) {
    const look = await newestRollout(revision, connection);
    if (look.kind === "there") {
      session.say(confirmationWords(look.rollout, revision, session.terminal.now()));
      return;
    }
    if (session.terminal.now() - begin + PAUSE_MS > LONGEST_MS) {
      const why =
        look.kind === "away" ? "the controller is not reachable" : "its rollout has not begun";
      throw new CommandFailure(
        look.kind === "away" ? exitCodes.unreachable : exitCodes.timeout,
        `Error: revision ${revision} is committed, and until when it has to be confirmed is not known: ${why}. Ask: seawall rollout status`,
      );
    }
    await pause(PAUSE_MS, session);
  }
}

/** A newer revision that has come meanwhile has to be confirmed in its place. */
function confirmationWords({ spec, status }: RolloutDocument, revision: number, now: number) {
  const { confirmBy, phase, reason, message } = status;
  if (confirmBy === undefined) {
    const why = [reason, message].filter(Boolean).join(": ");
    throw new CommandFailure(
      exitCodes.no,
      `Error: revision ${revision} does not wait to be confirmed; the newest rollout, of revision ${spec.revision}, is ${phase}${why === "" ? "" : ` (${why})`}. Look at it: seawall rollout status`,
    );
  }
  const time = `${confirmBy.slice(0, 19)}Z (in ${humanDuration(Date.parse(confirmBy) - now)})`;
  return `It is undone at ${time} unless you run: seawall rollout confirm ${spec.revision}`;
}
