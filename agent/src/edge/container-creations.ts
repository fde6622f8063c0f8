import type { Clock } from "../ports.ts";
import { type FixedPorts, fixedPortsOf } from "./awaited-ports.ts";

export interface ContainerCreations {
  /** Docker tells that this one was created. Whoever starts it at once keeps everybody from asking about it until it runs. */
  readonly foresee: (id: string) => void;
  /** Of those of these that are known by now. */
  fixedPorts(ids: readonly string[]): Promise<ReadonlyMap<string, FixedPorts>>;
  /** Whatever is no longer listed. */
  readonly forgetAllBut: (ids: readonly string[]) => void;
}

/** Docker answers within a few milliseconds, but about one that is starting: then when that has started. */
const ANSWERS_WITHIN_MS = 50;

interface Asked {
  fixed?: FixedPorts;
  answered: Promise<void>;
  /** Nobody waits for it any more. */
  isLate: boolean;
  /** It was not listed by the last look: that may be from before its creation. */
  isUnlisted: boolean;
}

/**
 * What containers were created with, asked about once for each: a host may have hundreds that do not run. Who cannot be asked about is not
 * known, and asked about again with the next look.
 * @param onLate it is known now of one that nobody waited for
 */
export function createContainerCreations(
  inspect: (id: string) => Promise<unknown>,
  clock: Pick<Clock, "sleep">,
  onLate: () => void,
): ContainerCreations {
  const known = new Map<string, Asked>();

  const ask = (id: string): Asked => {
    const asked: Asked = { isLate: false, isUnlisted: false, answered: Promise.resolve() };
    known.set(id, asked);
    asked.answered = inspect(id).then(
      (answer) => {
        const fixed = fixedPortsOf(answer);
        if (fixed === undefined) known.delete(id);
        else asked.fixed = fixed;
        if (asked.isLate && fixed !== undefined) onLate();
      },
      () => {
        known.delete(id);
      },
    );
    return asked;
  };

  const waitFor = async (all: readonly Asked[]): Promise<void> => {
    const awaited = all.filter(({ fixed, isLate }) => fixed === undefined && !isLate);
    if (awaited.length === 0) return;
    const over = new AbortController();
    const tooLong = clock.sleep(ANSWERS_WITHIN_MS, over.signal).then(() => {
      if (over.signal.aborted) return;
      for (const asked of awaited) asked.isLate = asked.fixed === undefined;
    });
    await Promise.race([Promise.all(awaited.map(({ answered }) => answered)), tooLong]);
    over.abort();
  };

  return {
    foresee: (id) => {
      if (!known.has(id)) ask(id);
    },
    async fixedPorts(ids) {
      const asked = ids.map((id) => [id, known.get(id) ?? ask(id)] as const);
      await waitFor(asked.map(([, one]) => one));
      const found = new Map<string, FixedPorts>();
      for (const [id, { fixed }] of asked) if (fixed !== undefined) found.set(id, fixed);
      return found;
    },
    forgetAllBut: (ids) => {
      const listed = new Set(ids);
      for (const [id, asked] of known) {
        if (!listed.has(id) && asked.isUnlisted) known.delete(id);
        asked.isUnlisted = !listed.has(id);
      }
    },
  };
}
