import { type Address, parseAddress } from "./cidr.ts";
import type { HostFacts } from "./facts.ts";
import { bindingTakes } from "./published-path.ts";
import type { ResolvedState } from "./resolved-state.ts";
import { type Packet, simulate } from "./simulate.ts";
import type { PathEnd, TracePath } from "./trace-path.ts";
import type { TraceQuestion } from "./trace-question.ts";
import { hostAddress, unnamedAddress } from "./unnamed-address.ts";

/** An interface that is nobody's: names of interfaces have no blanks. */
const OUTSIDE = "outside Docker";

/** What policies are asked about; undefined: they are not asked. */
export function packetOf(
  path: TracePath,
  { protocol }: TraceQuestion,
  state: ResolvedState,
  host: HostFacts,
): Packet | undefined {
  const { source, destination, port, binding, route } = path;
  if (!path.judged || path.family === undefined) return undefined;
  const { family } = path;
  const fromHere = ["Forwarded", "SameBridge", "BetweenInterfaces"].includes(route);
  const address = (end: PathEnd): Address => end.address ?? unnamedAddress(state, family);
  const sentTo = route === "DockerProxy" ? binding?.hostPort : port;
  const sentToAddress = addressOf(binding, state);
  return {
    protocol,
    source: address(source),
    destination: fromHere
      ? address(destination)
      : (destination.address ?? sentToAddress ?? hostAddress(state, family, host)),
    ...(sentTo === undefined ? {} : { destinationPort: sentTo }),
    ...(binding === undefined || !fromHere ? {} : { publishedPort: binding.hostPort }),
    ...(sentToAddress === undefined || !fromHere ? {} : { publishedAddress: sentToAddress }),
    in: interfaceOf(source),
    ...(fromHere ? { out: interfaceOf(destination) } : {}),
  };
}

function interfaceOf(end: PathEnd): string {
  return end.at?.network.bridge ?? end.interface ?? OUTSIDE;
}

/** Undefined: it is bound to every address of the host. */
export function boundAddress(binding: TracePath["binding"]): Address | undefined {
  const parsed = parseAddress(binding?.hostAddress ?? "");
  return parsed.ok && parsed.address.value !== 0n ? parsed.address : undefined;
}

/**
 * Of the addresses by which a published port is reached, the one by which agents reach the controller, if there is
 * one. Undefined: any address of the host.
 */
function addressOf(
  binding: TracePath["binding"],
  { management }: Pick<ResolvedState, "management">,
): Address | undefined {
  if (binding === undefined) return undefined;
  const advertised = management.find(
    ({ port, address }) => port === binding.hostPort && bindingTakes(binding, address),
  );
  return advertised?.address ?? boundAddress(binding);
}

/** Equal where policies say the same of two paths, and for the same reason. */
export function answerOf(
  path: TracePath,
  question: TraceQuestion,
  state: ResolvedState,
  host: HostFacts,
): string {
  const packet = packetOf(path, question, state, host);
  const { action, decidedBy, wouldDeny } = packet ? simulate(state, packet) : {};
  return JSON.stringify([action, decidedBy, wouldDeny]);
}
