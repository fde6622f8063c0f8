import type { Address } from "./cidr.ts";
import type { Packet } from "./simulate.ts";
import type { Ungoverned } from "./trace-path.ts";

/** A packet that a test of a policy stands for. */
export interface TestPacket {
  /** As policies are asked about it, where nothing leads it around them. */
  readonly packet: Packet;
  /** It has an address that no running container is known to have. */
  readonly madeUp: boolean;
  /** The host's address that the client calls, from where the packet is redirected. */
  readonly called?: Address;
  readonly around?: Around;
}

/** Why the host does not lead it by where policies are asked. */
export interface Around {
  readonly ungoverned: Ungoverned;
  /** What they are asked about instead; absent: nothing. */
  readonly met?: Packet;
}
