import { expect } from "vitest";
import { addressOf, fleetRevision, type Harm, harmfulAddress } from "./fleet-revision.ts";
import { type Random, randomOf, some } from "./random.ts";
import { type Joining, SimulatedFleet } from "./simulated-fleet.ts";
import type { SimulatedHost } from "./simulated-host.ts";

export interface StoryOptions {
  readonly hosts: number;
  /** So many of them get other rules by each revision. */
  readonly changing: number;
  readonly seed: number;
}

/** What happens to a fleet, drawn from a seed, and what must be so at every step and at its end. */
export async function tellStory({ hosts, changing, seed }: StoryOptions): Promise<void> {
  const fleet = await SimulatedFleet.start(seed);
  try {
    await new Story(fleet, { hosts, changing, seed }).tell();
  } finally {
    await fleet.stop();
  }
}

const lastWave = 2;

/** By then nobody takes a silent host for one that is there. */
const STALE_AFTER_MS = 50_000;

class Story {
  readonly #fleet: SimulatedFleet;
  readonly #random: Random;
  readonly #waves: { readonly maxUnavailable: number; readonly soakMs: number };
  readonly #joining: readonly Joining[];
  #contents = 0;
  /** In the middle of which change the controller starts again. */
  readonly #restartsIn: "change" | "supersede";
  /** The last revision that did no harm. */
  #good = 0;

  constructor(fleet: SimulatedFleet, { hosts, changing, seed }: StoryOptions) {
    this.#fleet = fleet;
    this.#random = randomOf(seed + 1);
    this.#restartsIn = this.#random() < 0.5 ? "change" : "supersede";
    const canaries = Math.ceil(changing / 15);
    const early = Math.ceil(changing / 4);
    this.#waves = { maxUnavailable: Math.ceil(changing / 5), soakMs: 5_000 };
    this.#joining = Array.from({ length: hosts }, (_, index) => ({
      name: `host-${String(index)}`,
      wave: index < canaries ? 0 : index < canaries + early ? 1 : lastWave,
      isChanging: index < changing,
      hasOpenNetwork: index % 3 === 0,
      hasIPv6: index % 10 === 0,
    }));
  }

  async tell(): Promise<void> {
    await this.#begin();
    const goneMs = this.#fleet.nowMs;
    const gone = this.#some(lastWave, 4);
    for (const host of gone) host.isOffline = true;
    for (const harm of this.#shuffled<Harm>(["applyFails", "gateFails", "cutOff"])) {
      await this.#doHarm(harm);
    }
    // One that goes once it has a change counts as one that is cut off by it.
    await this.#fleet.pass(STALE_AFTER_MS - (this.#fleet.nowMs - goneMs));
    await this.#change(gone);
    await this.#supersede();
    await this.#end();
  }

  /** All but a few have joined, and have the first revision. */
  async #begin(): Promise<void> {
    this.#good = await this.#fleet.commit(fleetRevision({ content: this.#nextContent() }));
    await this.#fleet.settle();
    const late = this.#lateJoiners;
    await this.#fleet.join(this.#joining.filter((one) => !late.includes(one)));
    await this.#everyHostHoldsItsRevision();
  }

  /** A good change, in which hosts come back, agents and the controller start again, and others join. */
  async #change(gone: readonly SimulatedHost[]): Promise<void> {
    const target = await this.#commitGood();
    await this.#untilTouched(target, 1);
    await this.#restartAgents(3);
    await this.#untilTouched(target, this.#waves.maxUnavailable);
    if (this.#restartsIn === "change") await this.#fleet.restartController();
    await this.#fleet.join(this.#lateJoiners);
    for (const host of gone.slice(1)) host.isOffline = false;
    await this.#untilOver(target, "Completed");
    for (const host of gone) host.isOffline = false;
    await this.#fleet.tick();
    await this.#everyHostHoldsItsRevision();
  }

  /** A change that does harm to a few hosts of one wave. It gets no further, and nothing is left of it. */
  async #doHarm(harm: Harm): Promise<void> {
    const wave = this.#random() < 0.5 ? 0 : 1;
    const harmed = this.#some(wave, 1 + Math.floor(this.#random() * 2), harm === "gateFails");
    for (const host of harmed) prepare(host, harm);
    const target = await this.#fleet.commit(
      fleetRevision({ content: this.#nextContent(), waves: this.#waves, harm }),
      // Its test fails wherever a network is open, so on the first of the canaries already.
      { ...this.#waves, lastWave: harm === "gateFails" ? 0 : wave },
    );
    await this.#untilOver(target, "RolledBack");
    expect(this.#fleet.controller.record.stable).toBe(this.#good);
    expect(this.#fleet.watch.touchedBy(target).size, "hosts that it came to").toBeGreaterThan(0);
    // A host that is cut off takes it back by itself, and comes back then.
    await this.#fleet.until("harmed hosts to be there", () =>
      harmed.every((host) => host.isConnected),
    );
    await this.#everyHostHoldsItsRevision();
    for (const host of harmed) prepare(host, undefined);
  }

  /** A change that takes the place of one that does harm, before that is over. */
  async #supersede(): Promise<void> {
    const harmed = this.#some(0, 1);
    for (const host of harmed) prepare(host, "cutOff");
    const bad = await this.#fleet.commit(
      fleetRevision({ content: this.#nextContent(), waves: this.#waves, harm: "cutOff" }),
      { ...this.#waves, lastWave: 0 },
    );
    await this.#untilTouched(bad, 1);
    const good = await this.#commitGood();
    if (this.#restartsIn === "supersede") await this.#fleet.restartController();
    await this.#untilOver(good, "Completed");
    for (const host of harmed) prepare(host, undefined);
  }

  async #end(): Promise<void> {
    await this.#fleet.until("every host to be there", () =>
      [...this.#fleet.hosts.values()].every(({ host }) => host.isConnected && isInSync(host)),
    );
    const { controller, watch, hosts } = this.#fleet;
    expect(controller.record.stable).toBe(this.#good);
    await this.#everyHostHoldsItsRevision();
    for (const { host, labels } of hosts.values()) {
      const text = host.kernel.text();
      expect(text.includes(addressOf(this.#contents)), host.name).toBe("changing" in labels);
      for (const address of Object.values(harmfulAddress)) expect(text).not.toContain(address);
    }
    // How many there are at once between their bundle and their report is a matter of speed; the most that may be is not.
    expect(watch.mostDisturbed, "hosts seen on their way").toBeGreaterThan(0);
  }

  async #commitGood(): Promise<number> {
    const content = this.#nextContent();
    this.#good = await this.#fleet.commit(
      fleetRevision({ content, waves: this.#waves }),
      this.#waves,
    );
    return this.#good;
  }

  #nextContent(): number {
    this.#contents += 1;
    return this.#contents;
  }

  get #lateJoiners(): readonly Joining[] {
    const step = Math.ceil(this.#joining.length / 20);
    return this.#joining.filter((_, index) => index % step === 1);
  }

  async #untilTouched(revision: number, count: number): Promise<void> {
    await this.#fleet.until(
      `${String(count)} hosts to have revision ${String(revision)}`,
      () => this.#fleet.watch.touchedBy(revision).size >= count,
    );
  }

  async #untilOver(revision: number, phase: "Completed" | "RolledBack"): Promise<void> {
    await this.#fleet.until(`revision ${String(revision)} to be ${phase}`, () => {
      const { latest } = this.#fleet.controller.record;
      return latest?.target === revision && latest.end !== undefined;
    });
    expect(this.#fleet.controller.record.latest?.end).toMatchObject({ phase });
  }

  async #restartAgents(count: number): Promise<void> {
    const hosts = some([...this.#fleet.hosts.values()], count, this.#random);
    await Promise.all(hosts.map(({ host }) => host.stopAgent()));
    await this.#fleet.tick();
    for (const { host } of hosts) host.startAgent();
    await this.#fleet.settle();
  }

  async #everyHostHoldsItsRevision(): Promise<void> {
    expect(await this.#fleet.strays()).toEqual([]);
  }

  /** Hosts of a wave whose rules change. */
  #some(wave: number, count: number, withOpenNetwork = false): readonly SimulatedHost[] {
    const all = [...this.#fleet.hosts.values()].filter(
      ({ host, labels, ...one }) =>
        one.wave === wave &&
        "changing" in labels &&
        (!withOpenNetwork || host.machine.networks.length > 1),
    );
    return some(all, count, this.#random).map(({ host }) => host);
  }

  #shuffled<T>(of: readonly T[]): readonly T[] {
    return of
      .map((value) => ({ value, at: this.#random() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ value }) => value);
  }
}

function isInSync(host: SimulatedHost): boolean {
  return host.said?.state === "InSync";
}

/** Makes the host one to which a revision of this kind does harm; undefined: none does. */
function prepare(host: SimulatedHost, harm: Harm | undefined): void {
  host.kernel.refused = harm === "applyFails" ? harmfulAddress.applyFails : undefined;
  host.cutOffBy = harm === "cutOff" ? harmfulAddress.cutOff : undefined;
}
