import { emptyTally, type Tally } from "./core/counters.ts";
import type { Failure } from "./core/failure.ts";
import { type LeftRules, startingFrom } from "./core/rules-record.ts";
import { type EnforceState, leftBy } from "./enforce.ts";
import type { Clock, Log, RulesRecords } from "./ports.ts";

/** Keeps on disk what the agent that runs after this one has to know of the rules, and of what they have counted. */
export interface RecordKeeper {
  /** What the one before has kept; nothing, where that cannot be read. */
  load(): Promise<{ readonly tally: Tally; readonly left?: LeftRules }>;
  /** Rules are about to be written, also where that cannot be kept: it costs evidence, not rules. */
  writes(): Promise<void>;
  /** The rules were read back like this. Where only counts have grown, they are kept once a minute. */
  keep(state: EnforceState): Promise<readonly Failure[]>;
  /** The agent ends. */
  stop(state: EnforceState): Promise<void>;
}

/** An agent that is killed loses what was counted for so long at most. */
const COUNTS_EVERY_MS = 60_000;

export function createRecordKeeper(
  records: RulesRecords,
  clock: Pick<Clock, "moment">,
  log: Log,
): RecordKeeper {
  let kept: { readonly left?: LeftRules; readonly tally: Tally; readonly ms: number } | undefined;

  const isDue = (state: EnforceState): boolean => {
    if (kept === undefined || kept.left?.digest !== leftBy(state)?.digest) return true;
    return kept.tally !== state.tally && clock.moment().ms - kept.ms >= COUNTS_EVERY_MS;
  };

  const store = async (state: EnforceState): Promise<void> => {
    const { boot, ms } = clock.moment();
    const { tally } = state;
    const left = leftBy(state);
    await records.store({ bootId: boot, tally, ...(left && { left }) });
    kept = { tally, ms, ...(left && { left }) };
  };

  return {
    async load() {
      try {
        return startingFrom(await records.read(), clock.moment().boot);
      } catch (error) {
        log.warn(
          { err: error },
          "what is known of the rules cannot be read; they are written anew",
        );
        return { tally: emptyTally };
      }
    },
    async writes() {
      // Whatever is read back then, it is kept.
      kept = undefined;
      try {
        await records.writes();
      } catch (error) {
        log.warn(
          { err: error },
          "that rules are being written cannot be kept on disk; if the agent is killed now, the next one may take them for somebody's change",
        );
      }
    },
    async keep(state) {
      if (!isDue(state)) return [];
      try {
        await store(state);
        return [];
      } catch (error) {
        return [notKept(error)];
      }
    },
    async stop(state) {
      try {
        await store(state);
      } catch (error) {
        log.warn({ err: error }, notKept(error).message);
      }
    },
  };
}

function notKept(error: unknown): Failure {
  const said = error instanceof Error ? error.message : String(error);
  return {
    class: "wait",
    reason: "StateNotWritable",
    message: `the rules are in force, but what they have counted cannot be kept on disk, so after a restart of the agent counters go back: ${said}`,
  };
}
