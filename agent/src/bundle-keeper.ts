import type { Confirmation } from "./confirmation.ts";
import { compareBundles } from "./core/compare-bundles.ts";
import type { Failure } from "./core/failure.ts";
import {
  type Question,
  questionOf,
  type Standing,
  standingAfter,
  standingAtStart,
  standingOfNewer,
  trialLeftMs,
  wanted,
  wantedBundle,
} from "./core/standing.ts";
import type {
  Bundle,
  BundleNumber,
  Clock,
  DesiredSource,
  LastGood,
  OpenBundle,
  Reach,
  Refusal,
  StoredBundles,
} from "./ports.ts";

/** The bundle to enforce, and why it is not the newest one, if so. */
export interface KeptBundle {
  readonly bundle?: Bundle;
  /** The newest one that was accepted; absent: there is none. */
  readonly newest?: Bundle;
  /** What was confirmed last, where the newest is not. */
  readonly confirmed?: Bundle;
  /** How that stands; absent with no bundle: what the kernel holds is left alone. */
  readonly standing?: Standing;
  /** What is to be found out once the bundle is in force. */
  readonly question?: Question;
  /** What is to be found out first, before a newer one is taken. */
  readonly ahead?: Question;
  readonly refusal?: Refusal;
  readonly failure?: Failure;
}

export interface BundleKeeper {
  /** `isInForce`: what was returned before was read back from the kernel at the end of the last pass. */
  refresh(isInForce: boolean): Promise<KeptBundle>;
}

export interface BundleKeeperPorts {
  readonly source: DesiredSource;
  readonly lastGood: LastGood;
  readonly openBundle: OpenBundle;
  readonly reach: Reach;
  readonly confirmation: Confirmation;
  readonly clock: Clock;
}

interface Kept {
  readonly newest: Bundle;
  readonly standing: Standing;
  /** Absent: the newest is, or none ever was. */
  readonly confirmed?: Bundle;
}

/** What is found out ahead of a newer bundle is found out at once, or not at all. */
const BEFORE_MS = 5_000;

/**
 * Holds the newest bundle and the last confirmed one, at first those on disk, verified again. A newer one from
 * the source counts only once it is on disk too, so that a restart cannot go back; which of the two is in force
 * is decided here alone, and nothing that comes from outside can bring an older one than these.
 */
export function createBundleKeeper(
  ports: BundleKeeperPorts,
  confirmTimeoutMs: number,
): BundleKeeper {
  const { source, lastGood, openBundle, reach, confirmation, clock } = ports;
  let loaded = false;
  let kept: Kept | undefined;
  let damage: Refusal | undefined;
  let takenBack: BundleNumber | undefined;
  let unstored: Failure | undefined;

  const load = async (): Promise<void> => {
    const opened = openStored(await lastGood.read(), openBundle);
    const { standing } = opened.kept ?? {};
    kept = opened.kept && standingNow(opened.kept);
    damage = opened.damage;
    takenBack = opened.takenBack;
    loaded = true;
    if (kept?.standing !== standing) await storeAgain();
  };

  const standingNow = (found: Kept): Kept => {
    const now = { moment: clock.moment(), wallMs: clock.now() };
    return { ...found, standing: standingAtStart(found.standing, now) };
  };

  /** The newest one was taken back, and the one to go back to cannot be read: that is not "no rules". */
  const isLost = (): boolean =>
    kept !== undefined && damage !== undefined && wanted(kept.standing) === "confirmed";

  const standingQuestion = (): Question | undefined => {
    if (kept === undefined || isLost()) return undefined;
    const { newest, standing } = kept;
    const left =
      standing.kind === "trial"
        ? trialLeftMs(standing.since, clock.moment(), confirmTimeoutMs)
        : confirmTimeoutMs;
    const question = questionOf(standing, left);
    return question && { ...question, key: `${standing.kind} ${idText(newest)}` };
  };

  const keeping = (): KeptBundle => {
    const question = standingQuestion();
    const bundle = kept && wantedBundle(kept);
    return {
      ...(bundle && { bundle }),
      ...(kept && { newest: kept.newest }),
      ...(kept?.confirmed && { confirmed: kept.confirmed }),
      ...(kept && !isLost() && { standing: kept.standing }),
      ...(question && { question }),
      ...(damage && { refusal: damage }),
      ...(unstored && { failure: unstored }),
    };
  };

  /** What new connections have told since. A full disk must not keep rules in force that cut us off. */
  const settle = async (isInForce: boolean): Promise<void> => {
    const question = standingQuestion();
    const answer = question && confirmation.answer(question.key);
    if (kept === undefined || question === undefined || answer === undefined) {
      if (unstored !== undefined) await storeAgain();
      return;
    }
    // Reached while something else was in force: that says nothing.
    if (answer.kind === "reached" && !isInForce) return;
    const now = { moment: clock.moment(), wallMs: clock.now() };
    const standing = standingAfter(kept.standing, answer, now);
    const { newest, confirmed } = kept;
    if (standing.kind === "confirmed") damage = undefined;
    kept = {
      newest,
      standing,
      ...(standing.kind !== "confirmed" && confirmed && { confirmed }),
    };
    await storeAgain();
  };

  const storeAgain = async (): Promise<void> => {
    if (kept === undefined) return;
    try {
      await lastGood.store(kept);
      unstored = undefined;
    } catch (error) {
      unstored = standingNotWritable(error);
    }
  };

  const accept = async (bundle: Bundle, isInForce: boolean): Promise<KeptBundle> => {
    const known = kept?.newest ?? takenBack;
    const order = known === undefined ? 1 : compareBundles(bundle, known);
    if (order === 0) return keeping();
    if (order < 0) return { ...keeping(), refusal: older(bundle) };
    const open = standingQuestion();
    const isOnTrial = kept?.standing.kind === "trial" && open !== undefined;
    // It is decided within its time; were it to give way, one change after another could keep bad rules in force.
    if (isOnTrial && isInForce && confirmation.isAsked(open.key)) return keeping();
    const before = { key: `before ${idText(bundle)}`, withinMs: BEFORE_MS };
    const tried = confirmation.answer(before.key);
    // What is on disk cannot be used, so there would be nothing to go back to.
    const standing: Standing | undefined =
      damage === undefined
        ? standingOfNewer(kept?.standing, tried, reach.isLive(), clock.moment())
        : { kind: "unconfirmed" };
    if (standing === undefined) return { ...keeping(), ahead: before };
    // While the host is open, or its rules could not be written, it says nothing of them.
    return await take(bundle, standing, isInForce && tried?.kind === "reached");
  };

  const take = async (
    newest: Bundle,
    standing: Standing,
    wasReached: boolean,
  ): Promise<KeptBundle> => {
    const confirmed = kept && lastConfirmed(kept, wasReached);
    const next = { newest, standing, ...(confirmed && { confirmed }) };
    let result;
    try {
      result = await lastGood.store(next);
    } catch (error) {
      return { ...keeping(), failure: notWritable(error) };
    }
    if (result.kind === "older") return { ...keeping(), refusal: older(newest) };
    kept = next;
    damage = undefined;
    unstored = undefined;
    return keeping();
  };

  return {
    async refresh(isInForce) {
      if (!loaded) await load();
      await settle(isInForce);
      const latest = source.latest();
      switch (latest.kind) {
        case "none":
          return keeping();
        case "refused":
          return { ...keeping(), refusal: latest.refusal };
        case "bundle":
          return await accept(latest.bundle, isInForce);
      }
    },
  };
}

/** `wasReached`: with these rules in force, over new connections, just now. */
function lastConfirmed({ newest, standing, confirmed }: Kept, wasReached: boolean) {
  const isConfirmed =
    standing.kind === "confirmed" || (wasReached && wanted(standing) === "newest");
  return isConfirmed ? newest : confirmed;
}

interface Opened {
  readonly kept?: Kept;
  readonly damage?: Refusal;
  /** The newest one, where it cannot be read and was taken back: it is not to come again either. */
  readonly takenBack?: BundleNumber;
}

function openStored(stored: StoredBundles, openBundle: OpenBundle): Opened {
  if (stored.kind === "none") return {};
  if (stored.kind === "unreadable") {
    const { message, takenBack } = stored;
    const damage = { reason: "LastGoodDamaged", message, unsupported: false };
    return { damage, ...(takenBack && { takenBack }) };
  }
  const { record } = stored;
  const newest = openBundle(record.newest.envelope);
  if (newest.kind === "refused") {
    const isBack = wanted(record.standing) === "confirmed";
    return { damage: onDisk(newest.refusal), ...(isBack && { takenBack: record.newest }) };
  }
  const confirmed = record.confirmed && openBundle(record.confirmed.envelope);
  if (confirmed?.kind === "refused") {
    // Known all the same, so that one that was taken back does not return as one never seen.
    const standing: Standing =
      wanted(record.standing) === "newest" ? { kind: "unconfirmed" } : record.standing;
    return { kept: { newest: newest.bundle, standing }, damage: onDisk(confirmed.refusal) };
  }
  return {
    kept: {
      newest: newest.bundle,
      standing: record.standing,
      ...(confirmed && { confirmed: confirmed.bundle }),
    },
  };
}

function idText({ epoch, generation }: Bundle): string {
  return `${epoch}.${generation}`;
}

function older({ epoch, generation }: Bundle): Refusal {
  return {
    reason: "OlderGeneration",
    message: `epoch ${epoch} generation ${generation} is older than the newest that was accepted`,
    unsupported: false,
  };
}

function onDisk({ reason, message, unsupported }: Refusal): Refusal {
  return { reason, message: `the bundle on disk: ${message}`, unsupported };
}

function notWritable(error: unknown): Failure {
  return stateNotWritable("a newer bundle cannot be kept on disk, so it is not applied", error);
}

function standingNotWritable(error: unknown): Failure {
  return stateNotWritable(
    "whether the newest bundle is confirmed cannot be kept on disk, so it is found out again after a restart",
    error,
  );
}

function stateNotWritable(what: string, error: unknown): Failure {
  const said = error instanceof Error ? error.message : String(error);
  return { class: "wait", reason: "StateNotWritable", message: `${what}: ${said}` };
}
