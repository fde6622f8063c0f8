import type { AwaitedPorts, PortRange } from "@seawall/policy";
import { z } from "zod";
import {
  type Answered,
  type ContainerAnswer,
  type NetworkAnswer,
  nameOf,
} from "./docker-answers.ts";

const binding = z.object({ HostIp: z.string().default(""), HostPort: z.string().default("") });

/** What a container was created with: it stays so as long as the container is there. */
export const creationAnswer = z.object({
  HostConfig: z.object({
    PortBindings: z.record(z.string(), z.array(binding).nullish()).nullish(),
  }),
});

type CreationAnswer = z.infer<typeof creationAnswer>;
type AwaitedContainer = readonly [ContainerAnswer, FixedPorts];
type FixedPorts = readonly Pick<AwaitedPorts, "protocol" | "range">[];

const neverPublishes = ["removing", "dead"];

/**
 * Asks about each container once, as long as it is listed, and one after the other: a host may have hundreds that do not run.
 * @param ask null where it is gone by now
 */
export function createAwaitedReader(
  ask: (id: string) => Promise<Answered<CreationAnswer | null>>,
): (listed: readonly ContainerAnswer[]) => Promise<Answered<readonly AwaitedContainer[]>> {
  const known = new Map<string, FixedPorts>();
  const fixedOf = async (id: string): Promise<Answered<FixedPorts | null>> => {
    const before = known.get(id);
    if (before !== undefined) return { kind: "answer", answer: before };
    const asked = await ask(id);
    if (asked.kind === "failed") return asked;
    if (asked.answer === null) return { kind: "answer", answer: null };
    const fixed = fixedPortsOf(asked.answer);
    known.set(id, fixed);
    return { kind: "answer", answer: fixed };
  };
  return async (listed) => {
    const ids = new Set(listed.map(({ Id }) => Id));
    for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    const awaited: AwaitedContainer[] = [];
    for (const container of awaitedContainers(listed)) {
      const fixed = await fixedOf(container.Id);
      if (fixed.kind === "failed") return fixed;
      if (fixed.answer !== null) awaited.push([container, fixed.answer]);
    }
    return { kind: "answer", answer: awaited };
  };
}

/** Those that publish nothing now, and may begin to at any moment. */
function awaitedContainers(answers: readonly ContainerAnswer[]): readonly ContainerAnswer[] {
  return answers.filter(
    ({ State, HostConfig }) =>
      (!isRunning(State) || State === "restarting") &&
      !neverPublishes.includes(State) &&
      HostConfig?.NetworkMode !== "host",
  );
}

/** As Docker lists containers where nobody asks for all: between two tries one counts as running, and has no address. */
export function isRunning(state: string): boolean {
  return state === "running" || state === "paused" || state === "restarting";
}

/** Ports that are the container's whenever it runs. Those that Docker will give it, at the loopback address, or of SCTP are none. */
function fixedPortsOf({ HostConfig }: CreationAnswer): FixedPorts {
  return Object.entries(HostConfig.PortBindings ?? {}).flatMap(([inner, bindings]) => {
    const [, word = "tcp"] = inner.split("/");
    const protocol = protocols.find((known) => known === word.toUpperCase());
    if (protocol === undefined) return [];
    return (bindings ?? [])
      .filter(({ HostIp }) => !HostIp.startsWith("127.") && HostIp !== "::1")
      .flatMap(({ HostPort }) => rangeOf(HostPort) ?? [])
      .map((range) => ({ protocol, range }));
  });
}

const protocols = ["TCP", "UDP"] as const;
const LAST_PORT = 65_535;

/** `8080`, or `8000-8010`; `0`, and nothing, are what Docker likes. */
function rangeOf(text: string): PortRange | undefined {
  const [, from = "", to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  return first > 0 && first <= last && last <= LAST_PORT ? { first, last } : undefined;
}

export function readAwaitedPorts(
  containers: readonly AwaitedContainer[],
  networks: readonly NetworkAnswer[],
): readonly AwaitedPorts[] {
  const awaited = containers.flatMap(([answer, fixed]) => {
    const common = { container: nameOf(answer), networkIds: networkIdsOf(answer, networks) };
    return fixed.map((ports): AwaitedPorts => ({ ...ports, ...common }));
  });
  // One of each IP version means the same port.
  const distinct = new Map(awaited.map((ports) => [JSON.stringify(ports), ports]));
  return [...distinct].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, ports]) => ports);
}

/** Before its first start a container has only what its networks were called: their names, or ids. */
function networkIdsOf(
  { NetworkSettings }: ContainerAnswer,
  networks: readonly NetworkAnswer[],
): readonly string[] {
  const ids = Object.entries(NetworkSettings?.Networks ?? {}).flatMap(([called, endpoint]) => {
    const id = endpoint?.NetworkID ?? "";
    return id === "" ? (networks.find((one) => isCalled(one, called))?.Id ?? []) : [id];
  });
  return ids.toSorted();
}

const SHORT_ID = 12;

function isCalled({ Id, Name }: NetworkAnswer, called: string): boolean {
  return Name === called || (called.length >= SHORT_ID && Id.startsWith(called));
}
