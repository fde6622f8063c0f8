import {
  chosenHostOptions,
  type DesiredRule,
  type DesiredState,
  type DockerContainer,
  type DockerNetwork,
} from "@seawall/policy";
import { z } from "zod";
import type { Status } from "../core/status.ts";
import { systemClock } from "../edge/system-clock.ts";
import type {
  Bundle,
  Clock,
  DesiredSource,
  Docker,
  Engine,
  OpenBundle,
  Reach,
  Refusal,
  Reporter,
  RulesWatch,
} from "../ports.ts";

export function network(name: string, shortId: string): DockerNetwork {
  return {
    id: shortId.padEnd(64, "0"),
    name,
    driver: "bridge",
    bridge: `br-${shortId}`,
    subnets: ["172.18.0.0/16"],
    labels: {},
    internal: false,
  };
}

const asked = z.object({
  /** Left open all the same. */
  publishedPorts: z.array(z.number()).exactOptional(),
  options: chosenHostOptions.exactOptional(),
});
type Asked = z.infer<typeof asked>;

const sealed = asked.extend({ generation: z.number(), network: z.string() });

function closing(network: string, { publishedPorts = [], options }: Asked): DesiredState {
  const rules = publishedPorts.map((port): DesiredRule => {
    const ports = { first: port, last: port };
    return {
      ...{ name: String(port), action: "Allow" },
      ports: [{ kind: "publishedPort", protocol: "TCP", ports }],
    };
  });
  return {
    policies: [
      {
        name: "p",
        tier: "Standard",
        priority: 500,
        networkSelector: { names: [network] },
        ingress: { defaultAction: "Deny", rules },
      },
    ],
    ...(options && { options }),
  };
}

/** Closes a network from outside. */
export function bundle(generation: number, network = "shop", more: Asked = {}): Bundle {
  const envelope = Buffer.from(JSON.stringify({ generation, network, ...more }));
  const desired = closing(network, more);
  return { epoch: 1, generation, revision: generation + 10, desired, envelope };
}

/** Opens what `bundle` has sealed. */
export const openFake: OpenBundle = (envelope) => {
  const parsed = sealed.safeParse(JSON.parse(Buffer.from(envelope).toString()));
  if (!parsed.success) {
    return {
      kind: "refused",
      refusal: { reason: "Malformed", message: "not ours", unsupported: false },
    };
  }
  const { generation, network, ...more } = parsed.data;
  return { kind: "bundle", bundle: bundle(generation, network, more) };
};

export interface FakeReach extends Reach {
  /** Whether anybody answers from now on. */
  set(isOpen: boolean): void;
  /** Whether the connections of before are there. */
  live(isLive: boolean): void;
  attempts(): number;
}

/** Everything answers at once, until the test says otherwise. */
export function fakeReach(): FakeReach {
  let isOpen = true;
  let isLive = true;
  let attempts = 0;
  return {
    set: (open) => {
      isOpen = open;
    },
    live: (live) => {
      isLive = live;
    },
    attempts: () => attempts,
    isLive: () => isLive,
    attempt: () => {
      attempts += 1;
      return Promise.resolve(
        isOpen
          ? { kind: "reached" }
          : { kind: "unreachable", reason: "NatsUnreachable", message: "NATS at nats:7422: away" },
      );
    },
  };
}

export interface FakeSource extends DesiredSource {
  give(bundle: Bundle): void;
  refuse(refusal: Refusal): void;
}

export function fakeSource(): FakeSource {
  let latest: ReturnType<DesiredSource["latest"]> = { kind: "none" };
  const listeners: (() => void)[] = [];
  const set = (next: typeof latest): void => {
    latest = next;
    for (const listener of listeners) listener();
  };
  return {
    latest: () => latest,
    onChange: (listener) => {
      listeners.push(listener);
    },
    give: (next) => {
      set({ kind: "bundle", bundle: next });
    },
    refuse: (refusal) => {
      set({ kind: "refused", refusal });
    },
  };
}

export interface FakeDocker extends Docker {
  set(networks: readonly DockerNetwork[], containers?: readonly DockerContainer[]): void;
  fail(): void;
  /** Leaves every question without an answer, until one of the above. */
  hang(): void;
  backend(name: string): void;
  /** It is this process from now on, and can be seen. */
  daemon(name: string): void;
}

export function fakeDocker(initial: readonly DockerNetwork[]): FakeDocker {
  let networks: readonly DockerNetwork[] | undefined = initial;
  let containers: readonly DockerContainer[] = [];
  let firewallBackend = "iptables";
  let daemon: Pick<Engine, "daemon"> = {};
  const listeners: (() => void)[] = [];
  const away = {
    kind: "failed",
    failure: { class: "wait", reason: "DockerUnavailable", message: "away" },
  } as const;
  let silence = Promise.resolve();
  let goOn: () => void = () => undefined;
  const wake = (): void => {
    goOn();
    for (const listener of listeners) listener();
  };
  return {
    view: async () => {
      await silence;
      if (networks === undefined) return away;
      return {
        kind: "view",
        networks,
        containers,
        awaitedPorts: [],
        unusable: new Map(),
        interfaces: networks.flatMap(({ bridge = "" }) => (bridge === "" ? [] : [bridge])),
        addresses: [],
        listening: [],
        bridgeNf: { IPv4: true, IPv6: true },
      };
    },
    engine: async () => {
      await silence;
      if (networks === undefined) return away;
      return {
        kind: "engine",
        engine: { version: "28.5.2", firewallBackend, swarm: false, proxies: [], ...daemon },
      };
    },
    onChange: (listener) => {
      listeners.push(listener);
    },
    set: (next, running = []) => {
      networks = next;
      containers = running;
      wake();
    },
    fail: () => {
      networks = undefined;
      wake();
    },
    hang: () => {
      silence = new Promise((resolve) => {
        goOn = resolve;
      });
    },
    backend: (name) => {
      firewallBackend = name;
    },
    daemon: (name) => {
      daemon = { daemon: name };
      wake();
    },
  };
}

/** Nobody else ever changes a rule, or nobody tells of it. */
export const silentWatch: RulesWatch = {
  failure: undefined,
  isListening: false,
  heard: 0,
  commitsAfter: () => [],
  onChange: () => undefined,
};

export interface Recorder extends Reporter {
  all(): readonly Status[];
  states(): readonly Status["state"][];
}

export function recorder(): Recorder {
  const reports: Status[] = [];
  return {
    report: (status) => {
      reports.push(status);
    },
    all: () => reports,
    states: () => reports.map(({ state }) => state),
  };
}

/** Never fires on its own within a test: what happens, happens because somebody woke the loop. */
export const testClock: Clock = {
  ...systemClock,
  sleep: (_, signal) => systemClock.sleep(3_600_000, signal),
};
