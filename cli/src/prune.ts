import { CommandFailure, exitCodes } from "./exit-code.ts";

export interface PruneFlags {
  readonly prune?: true | undefined;
  readonly selector?: string | undefined;
}

/** @throws CommandFailure when one of the two flags is there without the other. */
export function pruneRequest({ prune, selector }: PruneFlags) {
  if (prune === true && (selector ?? "").trim() === "") {
    throw new CommandFailure(
      exitCodes.error,
      "Error: --prune needs --selector: it deletes what that selects and the files do not name",
    );
  }
  if (prune !== true && selector !== undefined) {
    throw new CommandFailure(exitCodes.error, "Error: --selector is for --prune only");
  }
  return { prune: prune === true, pruneSelector: selector ?? "" };
}
