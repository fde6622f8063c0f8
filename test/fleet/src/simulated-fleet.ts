import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { acceptBundle } from "@seawall/agent/testing";
import type { ResourceTree } from "@seawall/controller/testing";
import { eventually } from "@seawall/lab";
import type { DockerNetwork, Labels } from "@seawall/policy";
import { atATime } from "./at-a-time.ts";
import { changing, openNetwork, waveLabel, waveNames } from "./fleet-revision.ts";
import { kernelOf } from "./kernel-of.ts";
import { type Random, randomOf } from "./random.ts";
import { type Promised, RolloutWatch, type WatchedHost } from "./rollout-watch.ts";
import { SimulatedController } from "./simulated-controller.ts";
import { type Machine, SimulatedHost } from "./simulated-host.ts";
import { Timeline } from "./timeline.ts";

const TICK_MS = 5_000;

/** However slow the machine is. */
const PATIENCE_MS = 180_000;

export interface Joining {
  readonly name: string;
  /** With which it goes: 0 is the canary. */
  readonly wave: number;
  /** Its rules are other ones by every revision. */
  readonly isChanging: boolean;
  readonly hasOpenNetwork: boolean;
  readonly hasIPv6: boolean;
}

interface FleetHost extends WatchedHost {
  readonly labels: Labels;
}

/** Real agents and the real controller, and a time that goes in ticks. */
export class SimulatedFleet {
  readonly hosts = new Map<string, FleetHost>();
  readonly watch: RolloutWatch;
  readonly #timeline: Timeline;
  readonly #folder: string;
  readonly #random: Random;
  readonly #trees = new Map<number, ResourceTree>();
  /** By revision and what the host is like. */
  readonly #kernels = new Map<string, Promise<string>>();
  #controller: SimulatedController | undefined;

  private constructor(timeline: Timeline, folder: string, random: Random) {
    this.#timeline = timeline;
    this.#folder = folder;
    this.#random = random;
    this.watch = new RolloutWatch(() => timeline.ms);
  }

  static async start(seed: number): Promise<SimulatedFleet> {
    const timeline = new Timeline();
    const folder = await mkdtemp(join(tmpdir(), "seawall-fleet-"));
    const fleet = new SimulatedFleet(timeline, folder, randomOf(seed));
    fleet.#controller = await SimulatedController.start(timeline, (host) => {
      void fleet.#bell(host);
    });
    return fleet;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.hosts.values()].map(({ host }) => host.stopAgent()));
    await this.controller.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get controller(): SimulatedController {
    if (this.#controller === undefined) throw new Error("there is no controller yet");
    return this.#controller;
  }

  /** Hosts join; what their agents find at their start is what was stored for them by then. */
  async join(joining: readonly Joining[]): Promise<void> {
    const all = joining.map((one) => this.#newHost(one));
    // Not one after the other: what a controller writes of each, it writes of several at once.
    await atATime(16, all, ({ host, labels }) => this.controller.enrol(host.name, labels));
    await eventually(() => all.every(({ host }) => this.controller.generationOf(host.name) > 0), {
      what: "the first bundles",
      timeoutMs: PATIENCE_MS,
    });
    this.#connect();
    await eventually(() => all.every(({ host }) => host.receivedGeneration > 0), {
      what: "the first bundles to come",
      timeoutMs: PATIENCE_MS,
    });
    // Not all at once: what a first pass needs for itself is garbage sooner then, and the controller has its turns.
    await atATime(50, all, ({ host }) => startAgent(host));
    await this.settle();
  }

  #newHost({ name, wave, isChanging, ...machine }: Joining): FleetHost {
    const waveName = waveNames[wave];
    const labels = {
      ...(waveName === undefined ? {} : { [waveLabel]: waveName }),
      ...(isChanging ? changing : {}),
    };
    const folder = join(this.#folder, name);
    mkdirSync(folder);
    const host = new SimulatedHost({
      ...{ name, folder, trusted: this.controller.trusted },
      machine: {
        networks: [
          network("shop", 1),
          ...(machine.hasOpenNetwork ? [network(openNetwork, 2)] : []),
        ],
        hasIPv6: machine.hasIPv6,
      },
      clock: this.#timeline.clockOf(name, randomOf(Math.floor(this.#random() * 2 ** 31))),
    });
    const joined = { host, wave, labels };
    this.hosts.set(name, joined);
    return joined;
  }

  /** Begins a rollout of this. */
  async commit(tree: ResourceTree, promised?: Promised): Promise<number> {
    const next = this.#trees.size + 1;
    if (promised !== undefined) this.watch.promise(next, promised, this.hosts.values());
    this.#trees.set(next, tree);
    const revision = await this.controller.commit(tree);
    if (revision !== next) throw new Error(`revision ${String(revision)} is not ${String(next)}`);
    return revision;
  }

  async restartController(): Promise<void> {
    for (const { host } of this.hosts.values()) host.disconnect();
    await this.controller.restart();
    await this.settle();
  }

  /** Lets ticks pass until it is so. */
  async until(what: string, isSo: () => boolean, mostTicks = 200): Promise<void> {
    for (let ticks = 0; !isSo(); ticks += 1) {
      if (ticks === mostTicks) {
        throw new Error(
          `not in ${String(ticks)} ticks: ${what}; ${JSON.stringify(this.controller.record.latest)}`,
        );
      }
      await this.tick();
    }
  }

  /** Simulated. */
  get nowMs(): number {
    return this.#timeline.ms;
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += TICK_MS) await this.tick();
  }

  async tick(): Promise<void> {
    await this.#timeline.advance(TICK_MS);
    await this.settle();
  }

  /** Until all has happened that needs no time to pass; then nothing that was promised may be broken. */
  async settle(): Promise<void> {
    await eventually(
      async () => {
        this.#connect();
        const what = this.#unrest() ?? (await this.controller.unrest()) ?? this.#unrest();
        if (what !== undefined) throw new Error(what);
        return true;
      },
      { what: "the fleet to come to rest", timeoutMs: PATIENCE_MS, intervalMs: 5 },
    );
    const { broken } = this.watch;
    if (broken.length > 0) throw new Error(broken.slice(0, 5).join("\n"));
  }

  /** Hosts whose kernel does not hold what their revision compiles to, and nothing else; with why. */
  async strays(): Promise<readonly string[]> {
    const assigned = this.controller.assigned();
    const strays: string[] = [];
    for (const { host, labels } of this.hosts.values()) {
      const revision = assigned(host.name);
      const tree = this.#trees.get(revision);
      const wanted = tree && (await this.#kernelOf(revision, tree, labels, host.machine));
      if (wanted !== host.kernel.text()) {
        strays.push(`${host.name} does not hold revision ${String(revision)}`);
      }
    }
    return strays;
  }

  #kernelOf(revision: number, tree: ResourceTree, labels: Labels, machine: Machine) {
    const { signingKey: key, trusted } = this.controller;
    const of = JSON.stringify([revision, labels, machine]);
    const known = this.#kernels.get(of) ?? kernelOf(tree, labels, machine, { key, trusted });
    this.#kernels.set(of, known);
    return known;
  }

  #connect(): void {
    for (const { host } of this.hosts.values()) {
      if (host.isConnected && !host.isReachable) host.disconnect();
      host.connect(() =>
        this.controller.open(host.name, ({ state, observedGeneration }) => {
          this.watch.report(host.name, state === "HOST_STATE_IN_SYNC", observedGeneration);
        }),
      );
    }
  }

  /** A bundle was stored, or taken away. */
  async #bell(name: string): Promise<void> {
    const watched = this.hosts.get(name);
    if (watched === undefined) throw new Error(`a bundle for ${name}, who has not joined`);
    const envelope = await this.controller.stored(name);
    if (envelope === undefined) return;
    const { trusted } = this.controller;
    const verdict = acceptBundle(envelope, { host: name, trusted });
    if (verdict.kind === "refused") throw new Error(verdict.refusal.message);
    this.watch.bundle(watched, verdict.bundle, this.hosts.values());
    watched.host.ring();
  }

  /** What a host has still to do that needs no time: to fetch, to make of it what it can, to say so. */
  #unrest(): string | undefined {
    const { controller } = this;
    for (const { host } of this.hosts.values()) {
      const { name, said, receivedGeneration } = host;
      if (!host.isConnected) {
        if (host.isReachable && !host.isStopped) return `${name} is not connected`;
        continue;
      }
      const stored = controller.generationOf(name);
      const reported = controller.reportedGeneration(name);
      const hasTaken = receivedGeneration === stored && said?.accepted.generation === stored;
      if (hasTaken && said.state !== "Applying" && reported === said.observed.generation) continue;
      return `${name} is ${said?.state ?? "silent"}: ${String(stored)} is stored, ${String(receivedGeneration)} received, ${String(reported)} reported`;
    }
    return undefined;
  }
}

async function startAgent(host: SimulatedHost): Promise<void> {
  host.startAgent();
  await eventually(() => host.said !== undefined && host.said.state !== "Applying", {
    what: `the agent of ${host.name} to have started`,
    timeoutMs: PATIENCE_MS,
    intervalMs: 5,
  });
}

function network(name: string, index: number): DockerNetwork {
  const id = `${String(index)}0a1b2c3d4e5`.padEnd(64, "0");
  return {
    ...{ id, name, driver: "bridge", bridge: `br-${id.slice(0, 12)}`, labels: {} },
    ...{ subnets: [`172.${String(20 + index)}.0.0/16`], internal: false },
  };
}
