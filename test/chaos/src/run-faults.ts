import { setTimeout as delay } from "node:timers/promises";
import type { ChaosFleet } from "./chaos-fleet.ts";
import { type Done, doFault } from "./do-fault.ts";
import { describeFault, type Fault, partsOf } from "./fault.ts";
import { now, type Span } from "./span.ts";

/** What happened, when. */
export interface Happened extends Span, Done {
  readonly fault: Fault;
  /** It could not be done, or not be put right. */
  readonly failure?: string;
}

/** All of them at once would be a machine that does nothing else. */
const mostAtOnce = 6;

/** Does all faults of a plan; resolves when the last has been put right. Never rejects because of one. */
export async function runFaults(
  chaos: ChaosFleet,
  plan: readonly Fault[],
  tell: (happened: Happened) => void,
): Promise<readonly Happened[]> {
  const happened: Happened[] = [];
  const underWay = new Set<Promise<void>>();
  const inTurn = createTurns();
  for (const fault of plan) {
    await delay(fault.afterMs);
    while (underWay.size >= mostAtOnce) await Promise.race(underWay);
    const doing = inTurn(partsOf(fault), async () => {
      const one = await attempt(chaos, fault);
      happened.push(one);
      tell(one);
    }).finally(() => underWay.delete(doing));
    underWay.add(doing);
  }
  await Promise.all(underWay);
  return happened;
}

async function attempt(chaos: ChaosFleet, fault: Fault): Promise<Happened> {
  const fromMs = now();
  try {
    const done = await doFault(chaos, fault);
    return { fault, fromMs, toMs: now(), ...done };
  } catch (error) {
    return { fault, fromMs, toMs: now(), failure: said(error) };
  }
}

/** With what was behind it: what was waited for does not say why it did not come. */
function said(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${said(error.cause)}`;
}

/** Lets work begin when all that was given before it and needs one of the same parts has ended. */
function createTurns(): (parts: readonly string[], work: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<void>>();
  return (parts, work) => {
    const done = Promise.all(parts.flatMap((part) => last.get(part) ?? [])).then(work);
    for (const part of parts) last.set(part, done);
    return done;
  };
}

/** One line: `31.4 s  12 stop dockerd of beta: 3.2 s`. */
export function describeHappened(one: Happened, beganMs: number): string {
  const at = ((one.fromMs - beganMs) / 1000).toFixed(1).padStart(6);
  const took = ((one.toMs - one.fromMs) / 1000).toFixed(1);
  const number = String(one.fault.number).padStart(3);
  return `${at} s ${number} ${describeFault(one.fault)}: ${[`${took} s`, ...notesOf(one)].join(", ")}`;
}

function notesOf({ open, unguarded, write, failure }: Happened): readonly string[] {
  const notes: string[] = [];
  if (open !== undefined) notes.push(`open for ${String(open.toMs - open.fromMs)} ms`);
  if (unguarded !== undefined) {
    notes.push(`unguarded for ${String(unguarded.toMs - unguarded.fromMs)} ms`);
  }
  if (write?.outcome.kind === "acknowledged") {
    notes.push(`revision ${String(write.outcome.revision)}`);
  }
  if (write?.outcome.kind === "unknown") notes.push(`not acknowledged (${write.outcome.said})`);
  if (failure !== undefined) notes.push(`FAILED: ${failure}`);
  return notes;
}
