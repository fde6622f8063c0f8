import type { DockerProxy } from "@seawall/policy";
import { expect, test } from "vitest";
import { createDockerView, hostViewOf } from "./docker-view.ts";
import type { Docker, DockerFacts } from "./ports.ts";
import { manualClock } from "./testing/manual-clock.ts";

const facts: DockerFacts = {
  networks: [],
  unusable: new Map(),
  containers: [
    {
      ...{ id: "c", name: "web", labels: {}, hostNetwork: false },
      attachments: [
        { networkId: "n1", addresses: [] },
        { networkId: "n2", addresses: ["172.18.0.2", "fd00::2"] },
      ],
      published: [{ protocol: "TCP", hostAddress: "::", hostPort: 8080, containerPort: 80 }],
    },
  ],
  interfaces: ["eth0"],
  addresses: ["192.0.2.11"],
  listening: [],
  awaitedPorts: [],
  bridgeNf: { IPv4: true, IPv6: false },
};
const engine = { version: "28.5.2", firewallBackend: "iptables", swarm: true };
const proxy: DockerProxy = {
  protocol: "TCP",
  hostAddress: "::",
  hostPort: 8080,
  containerPort: 80,
  containerAddress: "172.18.0.2",
};
const dockerRules = { IPv4: true, IPv6: false };

test("nothing is known before Docker has answered", () => {
  expect(hostViewOf({}, dockerRules, [])).toBeUndefined();
});

interface Case {
  readonly name: string;
  readonly seen?: readonly DockerProxy[];
  readonly proxies: readonly DockerProxy[];
}

test.for<Case>([
  { name: "as they are seen", seen: [proxy], proxies: [proxy] },
  {
    name: "without those of other engines, or of containers that have ended",
    seen: [
      { ...proxy, hostPort: 8081 },
      { ...proxy, protocol: "UDP" },
      { ...proxy, containerPort: 81 },
    ],
    proxies: [],
  },
  { name: "none", seen: [], proxies: [] },
  { name: "not to be seen from here: every one that there may be", proxies: [proxy] },
])("proxies: $name", ({ seen, proxies }) => {
  const known = { facts, engine: seen === undefined ? engine : { ...engine, proxies: seen } };
  expect(hostViewOf(known, dockerRules, [])).toEqual({
    networks: [],
    containers: facts.containers,
    interfaces: ["eth0"],
    addresses: ["192.0.2.11"],
    engine: {
      ...{ version: "28.5.2", swarm: true, dockerRules, bridgeNf: { IPv4: true, IPv6: false } },
      ...{ firewall: "iptables", proxies },
    },
    management: [],
  });
});

test.each([
  ["", "iptables"],
  ["iptables", "iptables"],
  ["iptables+firewalld", "iptables"],
  ["nftables", "nftables"],
  ["nftables+firewalld", "nftables"],
])("an engine that says '%s' keeps its rules in %s", (firewallBackend, firewall) => {
  const known = { facts, engine: { ...engine, firewallBackend } };
  expect(hostViewOf(known, dockerRules, [])?.engine.firewall).toBe(firewall);
});

test("the engine is asked at first, after a change, and after a failure, and only then", async () => {
  const asked: string[] = [];
  let isAway = false;
  let change: () => void = () => undefined;
  const away = {
    kind: "failed",
    failure: { class: "wait", reason: "DockerUnavailable", message: "away" },
  } as const;
  const docker: Docker = {
    view: () => {
      asked.push("view");
      return Promise.resolve(isAway ? away : { kind: "view", ...facts });
    },
    engine: () => {
      asked.push("engine");
      return Promise.resolve({ kind: "engine", engine });
    },
    onChange: (listener) => {
      change = listener;
    },
  };
  const view = createDockerView(docker, manualClock(), () => undefined);
  const read = async () => {
    asked.length = 0;
    const { failure } = await view.read();
    return [...asked, ...(failure === undefined ? [] : [failure.reason])];
  };
  expect(await read()).toEqual(["view", "engine"]);
  expect(await read()).toEqual(["view"]);
  change();
  expect(await read()).toEqual(["view", "engine"]);
  isAway = true;
  expect(await read()).toEqual(["view", "DockerUnavailable"]);
  isAway = false;
  expect(await read()).toEqual(["view", "engine"]);
  expect(await read()).toEqual(["view"]);
});

type Answer = Awaited<ReturnType<Docker["view"]>>;

const away: Answer = {
  kind: "failed",
  failure: { class: "wait", reason: "DockerUnavailable", message: "away" },
};

/** An engine that answers when the test says so, and has as many interfaces as it has answered questions. */
function slowDocker() {
  const asked: ((answer: Answer) => void)[] = [];
  const broken: ((reason: Error) => void)[] = [];
  let answers = 0;
  let change: () => void = () => undefined;
  let lates = 0;
  const clock = manualClock();
  const docker: Docker = {
    view: () =>
      new Promise((answer, refuse) => {
        asked.push(answer);
        broken.push(refuse);
      }),
    engine: () => Promise.resolve({ kind: "engine", engine }),
    onChange: (listener) => {
      change = listener;
    },
  };
  const view = createDockerView(docker, clock, () => {
    lates += 1;
  });
  const answer = async (): Promise<void> => {
    answers += 1;
    const interfaces = Array.from({ length: answers }, (_, n) => `eth${n}`);
    asked.shift()?.({ kind: "view", ...facts, interfaces });
    broken.shift();
    await clock.advance(0);
  };
  return {
    ...{ view, clock, answer },
    change: () => {
      change();
    },
    fail: async () => {
      asked.shift()?.(away);
      broken.shift();
      await clock.advance(0);
    },
    breakOff: async () => {
      broken.shift()?.(new Error("too many open files"));
      asked.shift();
      await clock.advance(0);
    },
    waiting: () => asked.length,
    lates: () => lates,
    /** What a reading comes to, if it comes to anything before so long. */
    read: async (within: number, meanwhile: () => Promise<void> = () => Promise.resolve()) => {
      let told = "nothing";
      const reading = view.read().then(({ facts: known, failure, isAwaited }) => {
        const of = `answer ${String(known?.interfaces.length ?? 0)}`;
        told = [of, failure?.reason, isAwaited && "awaited"].filter(Boolean).join(", ");
      });
      await meanwhile();
      await clock.advance(within);
      if (told !== "nothing") await reading;
      return told;
    },
  };
}

const SOON = 25;

test("the first question is waited for, however long it takes", async () => {
  const { read, answer } = slowDocker();
  expect(await read(15_000)).toBe("nothing");
  await answer();
  expect(await read(SOON, answer)).toBe("answer 2");
});

test("a later one goes on behind whoever reads: it is told of, read once, and asked anew", async () => {
  const { read, answer, waiting, lates } = slowDocker();
  await read(SOON, answer);
  expect(await read(SOON - 1)).toBe("nothing");
  expect(await read(SOON)).toBe("answer 1, awaited");
  expect([waiting(), lates()]).toEqual([1, 0]);
  await answer();
  expect(lates()).toBe(1);
  expect(await read(0)).toBe("answer 2");
  expect(await read(SOON)).toBe("answer 2, awaited");
});

test("not answered yet is no failure, and a failure stays one until there is an answer", async () => {
  const { read, answer, fail, lates } = slowDocker();
  await read(SOON, answer);
  expect(await read(SOON)).toBe("answer 1, awaited");
  await fail();
  expect(lates()).toBe(1);
  expect(await read(0)).toBe("answer 1, DockerUnavailable");
  expect(await read(SOON)).toBe("answer 1, DockerUnavailable, awaited");
  await answer();
  expect(await read(0)).toBe("answer 2");
});

test("a question that breaks off behind whoever reads is said to have failed", async () => {
  const { read, answer, breakOff, lates } = slowDocker();
  await read(SOON, answer);
  await read(SOON);
  await breakOff();
  expect(lates()).toBe(1);
  expect(await read(0)).toBe("answer 1, InternalError");
});

test.each(["a change that Docker tells of", "somebody who asks"])(
  "no question from before answers whoever reads after %s",
  async (what) => {
    const { read, answer, change, view } = slowDocker();
    const happens = what === "somebody who asks" ? view.expire : change;
    await read(SOON, answer);
    await read(SOON);
    happens();
    const both = async () => {
      await answer();
      await answer();
    };
    expect(await read(0, both)).toBe("answer 3");
    await read(SOON);
    await answer();
    happens();
    expect(await read(0, answer)).toBe("answer 5");
  },
);
