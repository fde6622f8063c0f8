import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  enrolledHost,
  movedHosts,
  planRollout,
  type ResourceTree,
  type RolloutRecord,
  type RunningFleet,
  type Store,
  startFleet,
  startTestNats,
  storedEnrolments,
  type TestController,
  type TestNats,
  testController,
} from "@seawall/controller/testing";
import { eventually } from "@seawall/lab";
import type { Labels } from "@seawall/policy";
import { agentProto, bellSubject, type HostReport__Output, type TrustedKeys } from "@seawall/proto";
import { pino } from "pino";
import type { Line } from "./simulated-host.ts";
import type { Timeline } from "./timeline.ts";

const silent = pino({ level: process.env["SEAWALL_FLEET_LOG"] ?? "silent" });

interface Run {
  readonly fleet: RunningFleet;
  readonly store: Store;
  readonly close: () => Promise<void>;
}

/**
 * The real controller on a real nats-server, without its listeners: from the report that it received to the signed
 * bundle, whose bell rings.
 */
export class SimulatedController {
  readonly #nats: TestNats;
  readonly #own: TestController;
  readonly #timeline: Timeline;
  readonly #instanceId = randomUUID();
  #run: Run | undefined;

  private constructor(nats: TestNats, own: TestController, timeline: Timeline) {
    this.#nats = nats;
    this.#own = own;
    this.#timeline = timeline;
  }

  /** @param onBell told of each bundle that is stored, by its host */
  static async start(
    timeline: Timeline,
    onBell: (host: string) => void,
  ): Promise<SimulatedController> {
    const controller = new SimulatedController(
      await startTestNats(),
      await testController(),
      timeline,
    );
    const hosts = await controller.#nats.controller();
    hosts.subscribe(bellSubject("*"), {
      callback: (_, message) => {
        onBell(message.subject.slice(bellSubject("").length));
      },
    });
    await hosts.flush();
    await controller.#begin();
    return controller;
  }

  get signingKey(): TestController["signingKey"] {
    return this.#own.signingKey;
  }

  get trusted(): TrustedKeys {
    const { keyId, publicKey } = this.#own.signingKey;
    return new Map([[keyId, publicKey]]);
  }

  /** Another one, with what is stored. */
  async restart(): Promise<void> {
    await this.#end();
    await this.#begin();
  }

  async stop(): Promise<void> {
    await this.#end();
    await this.#nats.stop();
    await this.#own.remove();
  }

  async enrol(name: string, labels: Labels): Promise<void> {
    const { fleet, store } = this.#running;
    const seen = (host: string, sequence: number) => fleet.fleet.untilSeen(host, sequence);
    const isNew = await storedEnrolments(store.hosts, seen).create(
      enrolledHost(name, { ...labels }),
    );
    if (!isNew) throw new Error(`${name} has joined before`);
  }

  async commit(tree: ResourceTree): Promise<number> {
    const { fleet } = this.#running.fleet;
    const parent = await fleet.newestRevision();
    const outcome = await fleet.commit(parent, tree, { author: "test", message: "" });
    if (outcome.kind !== "committed") throw new Error(JSON.stringify(outcome));
    return outcome.revision;
  }

  /** A host's stream, and its way to the store. `heard` is told of each report as it has come. */
  open(host: string, heard: (report: HostReport__Output) => void): Line {
    const { fleet, store } = this.#running;
    const session = fleet.sessions.open(host, { send: () => undefined, end: () => undefined });
    const { requestSerialize, requestDeserialize } =
      agentProto().seawall.v1.AgentService.service.Connect;
    return {
      send: (message) => {
        const received = requestDeserialize(requestSerialize(message));
        session.receive(received);
        if (received.report) heard(received.report);
      },
      fetch: async () => (await store.desired.read(host))?.bytes,
      close: () => {
        session.closed();
      },
    };
  }

  stored(host: string): Promise<Uint8Array | undefined> {
    return this.#running.store.desired.read(host).then((found) => found?.bytes);
  }

  get record(): RolloutRecord {
    const record = this.#running.fleet.fleet.rollouts.record();
    if (record === undefined) throw new Error("the rollouts' record is not believed");
    return record;
  }

  assigned(): (host: string) => number {
    const { record } = this;
    const moved = movedHosts(record);
    return (host) => moved.get(host) ?? record.stable;
  }

  /** Of the bundle that the host is to have, as far as the controller has read; 0: none. */
  generationOf(host: string): number {
    return this.#running.fleet.fleet.bundle(host)?.generation ?? 0;
  }

  /** What the host said last that it enforces; undefined: it has said nothing. */
  reportedGeneration(host: string): number | undefined {
    return this.#running.fleet.sessions.report(host)?.report.observedGeneration;
  }

  /** What is to be done before time passes or a host says something: a step, or a bundle. */
  async unrest(): Promise<string | undefined> {
    const { fleet, work } = this.#running.fleet;
    const { record } = await fleet.rollouts.read();
    if (!isDeepStrictEqual(record, fleet.rollouts.record())) return "a step is not read back";
    const situation = await fleet.rollouts.situation(record);
    if (situation === undefined) return "what a revision makes of hosts is not known";
    const step = planRollout(situation);
    if (step.kind !== "wait" && step.kind !== "idle") {
      work.rollout();
      return `a step is due: ${step.kind}`;
    }
    const known = await fleet.knownHosts();
    const behind = known.find(({ known: { bundle } }) => bundle !== "current");
    return behind && `a bundle is due: ${behind.host.name}`;
  }

  get #running(): Run {
    if (this.#run === undefined) throw new Error("the controller does not run");
    return this.#run;
  }

  async #begin(): Promise<void> {
    const connection = await this.#nats.controller();
    const store = await this.#own.store(connection);
    const timeline = this.#timeline;
    const fleet = startFleet({
      ...{ instanceId: this.#instanceId, store, signingKey: this.#own.signingKey },
      revoke: () => Promise.resolve(),
      events: { append: () => Promise.resolve(), appendOnce: () => Promise.resolve() },
      recorder: { record: () => Promise.resolve() },
      clock: { now: () => timeline.wallMs, monotonicNow: () => timeline.ms },
      log: silent,
    });
    this.#run = { fleet, store, close: () => connection.close() };
    await fleet.synced(AbortSignal.timeout(60_000));
    await eventually(() => fleet.fleet.hasSynced, { what: "the store to be read" });
  }

  async #end(): Promise<void> {
    await this.#run?.fleet.stop();
    await this.#run?.close();
    this.#run = undefined;
  }
}
