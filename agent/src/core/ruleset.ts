import type { Direction, Family } from "@seawall/policy";

/** The policy rule that an iptables rule comes from. Several iptables rules can share one. */
export interface Origin {
  readonly policy: string;
  /** The rule's name; `default` for the default action. */
  readonly rule: string;
  readonly direction: Direction;
  readonly network: string;
}

export type Target =
  /** Back to the caller: we have nothing against it, Docker and others still decide. */
  | { readonly kind: "return" }
  | { readonly kind: "drop" }
  /** With a TCP reset, or with the ICMP error "port unreachable" of the family. */
  | { readonly kind: "reject"; readonly by: "tcp-reset" | "port-unreachable" }
  | { readonly kind: "jump"; readonly chain: string }
  /** On in that chain and never back here: its returns, and its end, lead to whoever jumped here. */
  | { readonly kind: "goto"; readonly chain: string };

export interface Rule {
  /** iptables arguments, one word each. */
  readonly match: readonly string[];
  readonly target: Target;
  /** What it is, for people who read `iptables -S`. */
  readonly label: string;
  /** Absent: part of the frame, decided by no policy. */
  readonly origin?: Origin;
}

export interface Chain {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** Everything of ours in the filter table. A family without chains has nothing of ours, no jump either. */
export type Ruleset = Readonly<Record<Family, readonly Chain[]>>;

export const families = ["IPv4", "IPv6"] as const satisfies readonly Family[];

/** Every chain of ours is this one or begins with it and a dash. */
export const topChain = "SEAWALL";

export function isOwnChain(name: string): boolean {
  return name === topChain || name.startsWith(`${topChain}-`);
}
