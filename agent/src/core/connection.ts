import type { Address } from "@seawall/policy";

/** Whose a live connection is, told by its original direction, whoever of both sends now. */
export interface Ends {
  /** Others are not spoken of by any rule with ports. */
  readonly protocol: "TCP" | "UDP" | "ICMP";
  /** Who began it. */
  readonly source: Address;
  /** Whom he called. */
  readonly destination: Address;
  /** At which port; absent for ICMP, and so is the other. */
  readonly port?: number;
  /** Who answers: not who was called, where the connection is redirected. */
  readonly answerer: Address;
  readonly answeringPort?: number;
}

/** A live connection as the kernel tracks it, as far as policies and our mark look at it. */
export interface Connection extends Ends {
  /** It carries our bit, so nothing of it passes. */
  readonly isCut: boolean;
  /**
   * The kernel saw its end (TIME_WAIT, CLOSE), so it does not count as one that is cut. But it lets through what is still sent, and one
   * reset that gets no further than here is enough to end it in the eyes of the kernel alone.
   */
  readonly isOver: boolean;
  /** Until somebody has answered, the rules see each packet as the first one. */
  readonly isAnswered: boolean;
  /** Because of another connection, as FTP has one for its data: no rule was ever asked about it. */
  readonly isExpected: boolean;
}

export function isRedirected({ destination, port, answerer, answeringPort }: Ends): boolean {
  return destination.value !== answerer.value || port !== answeringPort;
}
