import type { Scope } from "@seawall/policy";

/** The policy rule that a rule in the kernel comes from. Several of these can share one. */
export interface Origin {
  readonly policy: string;
  /** The rule's name; `default` for the default action. */
  readonly rule: string;
  /** `host`: what containers send to the host itself. */
  readonly direction: Scope;
  /** The network's name, or that of an interface outside Docker. */
  readonly network: string;
  /** The policy is in Audit: what is counted would be denied, and is not; or see `lets`. */
  readonly audited?: true;
  /** Beside `audited`: it denies nothing, and what is counted is what it lets through there. */
  readonly lets?: true;
  /** In a table behind filter: what it denies was let through there by somebody else. */
  readonly guard?: true;
  /** NFLOG is told of some of what it matches, with this prefix. */
  readonly logged?: string;
}
