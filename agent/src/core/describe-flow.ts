import type { HostView } from "@seawall/policy";
import type { FlowEndMessage, FlowMessage } from "@seawall/proto";
import type { RuleCount } from "./counters.ts";
import type { Flow } from "./flow-table.ts";
import { logSource } from "./log-source.ts";

/** What is known of the host when a flow is told of. */
export interface FlowReading {
  readonly view: HostView;
  readonly counters: readonly RuleCount[];
}

/** A flow in the words of policies, networks and containers, as it travels; undefined: no rule of ours told of it. */
export function describeFlow(flow: Flow, here: FlowReading): FlowMessage | undefined {
  const { packets, firstMs, lastMs, header } = flow;
  const named = namesOf(flow, here);
  if (named === undefined) return undefined;
  const source = endOf(header.source, flow.in, here.view);
  const publisher = publisherOf(flow, here.view);
  const destination = {
    ...endOf(header.destination, flow.out, here.view),
    ...(publisher === undefined ? {} : { container: publisher }),
  };
  return {
    ...named,
    ...{ protocol: header.protocol, source, destination, packets, firstMs, lastMs },
    ...(header.port === undefined ? {} : { port: header.port }),
    publishedPorts: publishedPorts(flow, destination, here.view),
  };
}

type Names = Pick<FlowMessage, "verdict" | "audited" | "held" | "policy" | "rule" | "direction">;

function namesOf(flow: Flow, { view, counters }: FlowReading): Names | undefined {
  const source = logSource(flow.prefix);
  if (source === undefined) return undefined;
  if (source.kind === "held") return { verdict: "Deny", held: true };
  const { action: verdict, audited = false } = source;
  // The rules that are in force know their names in full.
  const counted = counters.filter(({ logged }) => logged === flow.prefix);
  const { policy, rule } = counted[0] ?? source;
  const directions = new Set(
    counted.filter((count) => fits(count, flow, view)).map(({ direction }) => direction),
  );
  const [direction, ...others] = directions;
  return {
    ...{ verdict, audited, policy, rule },
    ...(direction === undefined || others.length > 0 ? {} : { direction }),
  };
}

/**
 * Whether a rule there would have been asked about this flow. What goes to a published port of the host, and was not
 * redirected, does not show to whom.
 */
function fits({ direction, network }: RuleCount, flow: Flow, view: HostView): boolean {
  const { in: from, out: to } = flow;
  const at = view.networks.find(({ name }) => name === network)?.bridge ?? network;
  switch (direction) {
    case "ingress":
      return to === at || publisherOf(flow, view) !== undefined;
    case "egress":
      return from === at && (to !== "" || publisherOf(flow, view) !== undefined);
    case "internal":
      return from === at && to === at;
    case "host":
      return from === at && to === "";
  }
}

/** The container whose published port this is, where it goes to the host itself. */
function publisherOf({ out, header }: Flow, { containers }: HostView): string | undefined {
  if (out !== "") return undefined;
  const { protocol, port } = header;
  return containers.find(({ published }) =>
    published.some((one) => one.protocol === protocol && one.hostPort === port),
  )?.name;
}

function endOf(address: string, at: string, view: HostView): FlowEndMessage {
  const network = view.networks.find(({ bridge }) => bridge !== undefined && bridge === at);
  if (network === undefined) return { address, interface: at };
  const container = view.containers.find(({ attachments }) =>
    attachments.some(
      ({ networkId, addresses }) => networkId === network.id && addresses.includes(address),
    ),
  );
  return {
    ...{ address, interface: at, network: network.name },
    ...(container === undefined ? {} : { container: container.name }),
  };
}

/** A denied connection has no entry that says by which of them it came. */
function publishedPorts(
  { header: { protocol, port } }: Flow,
  { container }: FlowEndMessage,
  { containers }: HostView,
): number[] {
  const published = containers.find(({ name }) => name === container)?.published ?? [];
  const ports = published
    .filter((one) => one.protocol === protocol && one.containerPort === port)
    .map(({ hostPort }) => hostPort);
  return [...new Set(ports)].sort((a, b) => a - b);
}
