/**
 * A fleet in a box: real Docker hosts as namespaces on one Linux machine, for tests and the demo.
 * Nothing is installed on the machine, and nothing is left of a lab when it ends, however it ends.
 */
export type { NodeAddresses } from "./addressing.ts";
export { attachGuest, type GuestOptions } from "./bridge-guest.ts";
export type { Container, ContainerOptions, ListenRole } from "./container.ts";
export { type Conversation, type Speaker, startSpeaker } from "./conversation.ts";
export { type DatagramCounter, startCounter } from "./datagram-counter.ts";
export type { DockerHost, NetworkOptions } from "./docker-host.ts";
export { type Engine, EngineUnavailableError, engines } from "./engine.ts";
export { type EventuallyOptions, eventually } from "./eventually.ts";
export { CommandError, type ExecOptions, type ExecResult } from "./execute.ts";
export type { Lab } from "./lab.ts";
export type { IptablesVariant } from "./lab-folder.ts";
export type { LabNode, ProbeOrigin } from "./lab-node.ts";
export type { HostOptions, LabOptions, NodeOptions } from "./lab-options.ts";
export type { LabProcess, SpawnOptions } from "./lab-process.ts";
export { leadThroughGateway } from "./lead-through-gateway.ts";
export { whyUnfit } from "./machine.ts";
export { natsServerPath } from "./nats-server.ts";
export { listLabs, openLab } from "./open-lab.ts";
export { PackagesUnavailableError, type Progress } from "./private-apt.ts";
export {
  type ProbeOptions,
  type ProbeTarget,
  probeIcmp,
  probeTcp,
  probeUdp,
} from "./probe.ts";
export type { Verdict } from "./probe-protocol.ts";
export {
  type Fleet,
  type FleetHostOptions,
  type FleetOptions,
  startFleet,
} from "./seawall-fleet.ts";
export { startLab } from "./start-lab.ts";
export { type Stream, type StreamOptions, type StreamTarget, startStream } from "./stream.ts";
export { describeStream, type StreamResult, type ThroughWindow } from "./stream-result.ts";
export { systemdRoot } from "./systemd-root.ts";
export { UnfitMachineError } from "./unfit-machine.ts";
