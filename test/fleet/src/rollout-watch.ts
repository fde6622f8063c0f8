import type { SimulatedHost } from "./simulated-host.ts";

/** What a rollout promises of the revision that it brings. */
export interface Promised {
  readonly maxUnavailable: number;
  readonly soakMs: number;
  /** The last wave that it may come to: 0 is the canary. Absent: to all. */
  readonly lastWave?: number;
}

interface Given {
  readonly generation: number;
  readonly revision: number;
}

/**
 * Watches bundles and reports pass by, and holds what becomes of hosts to what rollouts promise: by what hosts are given
 * and what they say, never by what the controller thinks of it.
 */
export class RolloutWatch {
  readonly #nowMs: () => number;
  readonly #given = new Map<string, Given>();
  /** Since when hosts are InSync on what they were given. */
  readonly #wellSince = new Map<string, number>();
  /** Hosts that were well until they were given a newer revision, and are not yet well on it. */
  readonly #disturbed = new Set<string>();
  readonly #promised = new Map<number, Promised & { readonly there: ReadonlySet<string> }>();
  readonly #touched = new Map<number, Set<string>>();
  readonly broken: string[] = [];
  mostDisturbed = 0;

  /** @param nowMs simulated milliseconds */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @param all hosts of the fleet, before the revision comes to any */
  promise(revision: number, promised: Promised, all: Iterable<WatchedHost>): void {
    const there = [...all].filter(({ host }) => host.isConnected).map(({ host }) => host.name);
    this.#promised.set(revision, { ...promised, there: new Set(there) });
  }

  /** Hosts that were given a bundle of the revision. */
  touchedBy(revision: number): ReadonlySet<string> {
    return this.#touched.get(revision) ?? new Set();
  }

  given(host: string): Given | undefined {
    return this.#given.get(host);
  }

  /** A bundle lies in the store. */
  bundle(host: WatchedHost, given: Given, all: Iterable<WatchedHost>): void {
    const { name } = host.host;
    const before = this.#given.get(name);
    if (before !== undefined && before.generation >= given.generation) return;
    this.#given.set(name, given);
    const wasWell = this.#wellSince.has(name);
    this.#wellSince.delete(name);
    const isForward = before !== undefined && given.revision > before.revision;
    if (!isForward) {
      this.#disturbed.delete(name);
      return;
    }
    const touched = this.#touched.get(given.revision) ?? new Set();
    this.#touched.set(given.revision, touched.add(name));
    if (wasWell && host.host.isReachable) this.#disturbed.add(name);
    const promised = this.#promised.get(given.revision);
    if (promised === undefined) return;
    const earlier = [...all].filter(
      // One that was away when its wave began, or was not in the fleet, comes last.
      (other) => other.wave < host.wave && promised.there.has(other.host.name),
    );
    this.#hold(host, given.revision, promised, earlier);
  }

  /** A host said something. */
  report(name: string, isInSync: boolean, generation: number): void {
    if (!isInSync || this.#given.get(name)?.generation !== generation) return;
    this.#disturbed.delete(name);
    if (!this.#wellSince.has(name)) this.#wellSince.set(name, this.#nowMs());
  }

  /** @param earlier hosts of the waves before its own */
  #hold(
    { host, wave }: WatchedHost,
    revision: number,
    { maxUnavailable, soakMs, lastWave = Infinity }: Promised,
    earlier: readonly WatchedHost[],
  ): void {
    const what = `revision ${String(revision)} comes to ${host.name} of wave ${String(wave)}`;
    const disturbed = this.#disturbed.size;
    this.mostDisturbed = Math.max(this.mostDisturbed, disturbed);
    if (disturbed > maxUnavailable)
      this.broken.push(`${what}: ${String(disturbed)} hosts are unavailable by it`);
    if (wave > lastWave) this.broken.push(`${what}, beyond wave ${String(lastWave)}`);
    for (const { name } of earlier.map((one) => one.host)) {
      if (this.#given.get(name)?.revision !== revision) continue;
      const since = this.#wellSince.get(name);
      if (since === undefined) this.broken.push(`${what}, and ${name} is not InSync on it`);
      else if (this.#nowMs() - since < soakMs)
        this.broken.push(`${what}, and ${name} has not soaked`);
    }
  }
}

export interface WatchedHost {
  readonly host: SimulatedHost;
  /** With which wave it goes: 0 is the canary. */
  readonly wave: number;
}
