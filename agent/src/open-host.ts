import { type Footprint, isInstalled } from "./core/footprint.ts";
import type { Opening, Person } from "./core/opening.ts";
import type { Status } from "./core/status.ts";
import { unreadText } from "./core/unread-variants.ts";
import type { createOpenings } from "./edge/openings.ts";
import { findOurs } from "./find-ours.ts";
import type { Clock, Firewall, LastGood } from "./ports.ts";
import type { Reconciler } from "./reconciler.ts";

export interface OpenPorts {
  readonly lastGood: Pick<LastGood, "readFootprint">;
  readonly openings: Pick<ReturnType<typeof createOpenings>, "add" | "close">;
  readonly firewall: Firewall;
  readonly clock: Clock;
}

type Reads = Pick<OpenPorts, "firewall" | "lastGood">;

export type Opened =
  /** Read back: no rule of ours is in the kernel. Sets, which keep nobody out, may still be there for a moment. */
  { readonly kind: "open" } | { readonly kind: "failed"; readonly message: string };

export type Closed =
  | { readonly kind: "closed"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string };

/** How long the agent may take to hear of it. It looks every few seconds even if it does not hear. */
const AGENT_MS = 15_000;
/** The first pause between two looks, each of which reads the kernel; those that follow grow to the longest. */
const LOOK_AGAIN_MS = 200;
const LONGEST_PAUSE_MS = 1_000;
const LOOK_FOR_END_MS = 2_000;

/** Records the opening; the agent that runs does the rest. Resolves when the kernel was read and has no rule of ours. */
export async function openWithAgent(
  ports: OpenPorts,
  opening: Opening,
  signal: AbortSignal,
): Promise<Opened> {
  const { openings, clock } = ports;
  await openings.add(opening);
  const found = await within(AGENT_MS, clock, signal, async () => await isClear(ports));
  if (found === true) return { kind: "open" };
  return {
    kind: "failed",
    message: `the opening is recorded, but the agent has not taken its rules away within ${AGENT_MS / 1_000} s${
      typeof found === "string" ? ` (${found})` : ""
    }. Stop it (systemctl stop seawall-agent) and run this again: without an agent this command does it itself`,
  };
}

/** Records the end; the agent that runs puts its rules back. Resolves when they are there again: those behind DOCKER-USER in each family. */
export async function closeWithAgent(
  ports: OpenPorts,
  { hadRules }: Opening,
  by: Person,
  signal: AbortSignal,
): Promise<Closed> {
  const { openings, clock } = ports;
  await openings.close(by, clock.now());
  if (!hadRules) {
    return { kind: "closed", message: "Closed. There was no rule of Seawall here before either." };
  }
  const found = await within(AGENT_MS, clock, signal, async () => await hasAllRules(ports));
  if (found === true) {
    return { kind: "closed", message: "Closed. The rules are back." };
  }
  return {
    kind: "failed",
    message: `it is closed, but the agent has not put its rules back within ${AGENT_MS / 1_000} s${
      typeof found === "string" ? ` (${found})` : ""
    }: see why with journalctl -u seawall-agent, and with seawall describe host whether there are any for this host now`,
  };
}

/** True once it is so; else what the last look found. */
async function within(
  ms: number,
  clock: Clock,
  signal: AbortSignal,
  look: () => Promise<boolean | string>,
): Promise<boolean | string> {
  let left = ms;
  for (let pause = LOOK_AGAIN_MS; ; pause = Math.min(1.5 * pause, LONGEST_PAUSE_MS)) {
    const found = await look();
    if (found === true || left <= 0 || signal.aborted) return found;
    await clock.sleep(pause, signal);
    left -= pause;
  }
}

/** Whether the kernel has no rule of ours; or why that cannot be told. */
async function isClear(ports: Reads): Promise<boolean | string> {
  const found = await findOurs(ports.firewall, await footprintOf(ports));
  if (found.kind === "failed") return found.failure.message;
  // What is not known to be ours must not keep a host from being opened in an emergency; the host says it.
  const unread = found.unread.filter(({ isOurs }) => isOurs);
  return !found.hasRules && unread.length > 0 ? unreadText(unread) : !found.hasRules;
}

/**
 * Whether the kernel has rules of ours, behind DOCKER-USER wherever they are to be; or why that cannot be told. They go into one
 * family after the other, and which ones is recorded ahead of the first: so it is read behind them. Of a ruleset that has none
 * behind DOCKER-USER there is no such record: any rule of it will do.
 */
async function hasAllRules(ports: Reads): Promise<boolean | string> {
  const found = await findOurs(ports.firewall, await footprintOf(ports));
  if (found.kind === "failed") return found.failure.message;
  return found.hasRules && isInstalled(await footprintOf(ports), found.observed);
}

async function footprintOf({ lastGood }: Pick<Reads, "lastGood">): Promise<Footprint> {
  const footprint = await lastGood.readFootprint();
  return footprint === "damaged" ? {} : footprint;
}

/** Whether there are rules to be taken away; where nobody can tell, there are. */
export async function hasRules(ports: Reads): Promise<boolean> {
  return (await isClear(ports)) !== true;
}

/**
 * Without an agent: this reconciler, which began once the opening was recorded, takes the rules away and puts them
 * back when the time is over, when somebody closes the host from elsewhere, or interrupts. `say` is told when the
 * host is open.
 */
export async function openMeanwhile(
  reconciler: Pick<Reconciler, "observeNow">,
  ports: OpenPorts,
  opening: Opening,
  signal: AbortSignal,
  say: () => void,
): Promise<Closed> {
  const { openings, clock } = ports;
  await reconciler.observeNow();
  const clear = await isClear(ports);
  if (clear !== true) {
    await openings.close(opening.by, clock.now());
    const why = typeof clear === "string" ? clear : "they are still there";
    // Some of them may be gone.
    const back = await untilBack(reconciler, opening, clock);
    return { kind: "failed", message: `the rules cannot be taken away: ${why}. ${back.message}` };
  }
  say();
  while (!signal.aborted && isOpen(await reconciler.observeNow())) {
    await clock.sleep(Math.min(opening.ttlMs, LOOK_FOR_END_MS), signal);
  }
  if (signal.aborted) await openings.close(opening.by, clock.now());
  return await untilBack(reconciler, opening, clock);
}

/** Looks until the host is closed and what is kept is in force again. */
export async function untilBack(
  reconciler: Pick<Reconciler, "observeNow">,
  opening: Opening,
  clock: Clock,
): Promise<Closed> {
  const never = new AbortController().signal;
  let status = await reconciler.observeNow();
  const isBackNow = await within(AGENT_MS, clock, never, async () => {
    status = await reconciler.observeNow();
    return isBack(status, opening);
  });
  if (isBackNow !== true) {
    const [worst] = status.conditions;
    const why = worst === undefined ? "" : `: ${worst.message}`;
    return { kind: "failed", message: `the rules are not back${why}. Start the agent` };
  }
  return {
    kind: "closed",
    message:
      status.observed.generation === 0
        ? "Closed. There was no rule of Seawall here before either."
        : "Closed. The rules are back.",
  };
}

function isOpen({ conditions }: Status): boolean {
  return conditions.some(({ type }) => type === "Open");
}

/** Rules were read back; or there is none to be, as there was none before. */
function isBack(status: Status, { hadRules }: Opening): boolean {
  return !isOpen(status) && (status.observed.generation > 0 || !hadRules);
}
