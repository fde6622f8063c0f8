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
  readonly #promised = new Map<number, Promised>();
  readonly #touched = new Map<number, Set<string>>();
  readonly broken: string[] = [];
  mostDisturbed = 0;

  /** @param nowMs simulated milliseconds */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  promise(revision: number, promised: Promised): void {
    this.#promised.set(revision, promised);
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
    if (promised !== undefined) this.#hold(host, given.revision, promised, all);
  }

  /** A host said something. */
  report(name: string, isInSync: boolean, generation: number): void {
    if (!isInSync || this.#given.get(name)?.generation !== generation) return;
    this.#disturbed.delete(name);
    if (!this.#wellSince.has(name)) this.#wellSince.set(name, this.#nowMs());
  }

  #hold(host: WatchedHost, revision: number, promised: Promised, all: Iterable<WatchedHost>): void {
    const { maxUnavailable, soakMs, lastWave = Infinity } = promised;
    this.mostDisturbed = Math.max(this.mostDisturbed, this.#disturbed.size);
    const what = `revision ${String(revision)} comes to ${host.host.name} of wave ${String(host.wave)}`;
    if (this.#disturbed.size > maxUnavailable) {
      this.broken.push(`${what}: ${String(this.#disturbed.size)} hosts are unavailable by it`);
    }
    if (host.wave > lastWave) this.broken.push(`${what}, beyond wave ${String(lastWave)}`);
    for (const other of all) {
      if (other.wave >= host.wave || !other.host.isReachable) continue;
      const { name } = other.host;
      // Away when its wave began, it comes last.
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
