import { type AwaitedPorts, FIRST_EPHEMERAL, joinedRanges, type PortRange } from "@seawall/policy";
import { z } from "zod";
import { type ContainerAnswer, type NetworkAnswer, nameOf } from "./docker-answers.ts";

const binding = z.object({ HostIp: z.string().default(""), HostPort: z.string().default("") });

/** What a container was created with: it stays so as long as the container is there. */
const creationAnswer = z.object({
  HostConfig: z.object({
    PortBindings: z.record(z.string(), z.array(binding).nullish()).nullish(),
  }),
});

export type FixedPorts = readonly Pick<AwaitedPorts, "protocol" | "range">[];

const neverPublishes = ["removing", "dead"];

/** Those that publish nothing now, and may begin to at any moment: when they start, or are connected to a network. */
export function awaitedContainers(answers: readonly ContainerAnswer[]): readonly ContainerAnswer[] {
  return answers.filter(
    ({ State, HostConfig, Ports }) =>
      (!isRunning(State) || State === "restarting" || !isPublished(Ports)) &&
      !neverPublishes.includes(State) &&
      !isInNamespaceOf(HostConfig?.NetworkMode),
  );
}

function isPublished(ports: ContainerAnswer["Ports"]): boolean {
  return ports?.some(({ PublicPort }) => PublicPort !== undefined) === true;
}

/** Of the host, or of another container, whose ports those would be. */
function isInNamespaceOf(mode = ""): boolean {
  return mode === "host" || mode.startsWith("container:");
}

/** As Docker lists containers where nobody asks for all: between two tries one counts as running, and has no address. */
export function isRunning(state: string): boolean {
  return state === "running" || state === "paused" || state === "restarting";
}

/**
 * Ports that are the container's whenever it runs. Those that Docker will give it, at the loopback address, or of SCTP are none.
 * undefined: this does not say.
 */
export function fixedPortsOf(answer: unknown): FixedPorts | undefined {
  const parsed = creationAnswer.safeParse(answer);
  if (!parsed.success) return undefined;
  const bindings = Object.entries(parsed.data.HostConfig.PortBindings ?? {});
  return protocols.flatMap((protocol) => {
    const ranges = bindings
      .filter(([inner]) => protocolOf(inner) === protocol)
      .flatMap(([, all]) => all ?? [])
      .filter(({ HostIp }) => !HostIp.startsWith("127.") && HostIp !== "::1")
      .flatMap(({ HostPort }) => rangeOf(HostPort) ?? []);
    return compact(ranges).map((range) => ({ protocol, range }));
  });
}

/** Docker has a binding for each port of a range. Those that the kernel gives away count one by one only. */
function compact(ranges: readonly PortRange[]): readonly PortRange[] {
  const isBelow = ({ last }: PortRange) => last < FIRST_EPHEMERAL;
  const above = ranges.filter((range) => !isBelow(range));
  return [...joinedRanges(ranges.filter(isBelow)), ...above];
}

const protocols = ["TCP", "UDP"] as const;
const LAST_PORT = 65_535;

function protocolOf(inner: string): string {
  const [, word = "tcp"] = inner.split("/");
  return word.toUpperCase();
}

/** `8080`, or `8000-8010`; `0`, and nothing, are what Docker likes. */
function rangeOf(text: string): PortRange | undefined {
  const [, from = "", to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  return first > 0 && first <= last && last <= LAST_PORT ? { first, last } : undefined;
}

/** @param fixed by the id of the container, as far as it is known */
export function readAwaitedPorts(
  containers: readonly ContainerAnswer[],
  fixed: ReadonlyMap<string, FixedPorts>,
  networks: readonly NetworkAnswer[],
): readonly AwaitedPorts[] {
  const awaited = containers.flatMap((answer) => {
    const common = { container: nameOf(answer), networkIds: networkIdsOf(answer, networks) };
    return (fixed.get(answer.Id) ?? []).map((ports): AwaitedPorts => ({ ...ports, ...common }));
  });
  // One of each IP version means the same port.
  const distinct = new Map(awaited.map((ports) => [JSON.stringify(ports), ports]));
  return [...distinct].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, ports]) => ports);
}

/**
 * Before its first start a container has only what its networks were called: their names, or ids. Afterwards an id, which is
 * not that of network `bridge` any more when Docker was started anew. One that was disconnected from all may be connected to any.
 */
function networkIdsOf(
  { NetworkSettings }: ContainerAnswer,
  networks: readonly NetworkAnswer[],
): readonly string[] {
  const own = Object.entries(NetworkSettings?.Networks ?? {});
  const ids = own.flatMap(([called, endpoint]) => {
    const known = networks.find(({ Id }) => Id === endpoint?.NetworkID);
    return (known ?? networks.find((one) => isCalled(one, called)))?.Id ?? [];
  });
  const any = networks.flatMap(({ Driver, Id }) => (Driver === "bridge" ? [Id] : []));
  return (own.length === 0 ? any : ids).toSorted();
}

const SHORT_ID = 12;

function isCalled({ Id, Name }: NetworkAnswer, called: string): boolean {
  return Name === called || (called.length >= SHORT_ID && Id.startsWith(called));
}
