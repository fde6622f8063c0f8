import type { Origin } from "./origin.ts";

/** A rule as it is written, with the hash by which it is found again. */
export interface HashedRule {
  readonly hash: string;
  /** What follows the name of its chain, in the language of the program that writes it. */
  readonly text: string;
  readonly origin?: Origin;
}

export interface HashedChain {
  readonly name: string;
  readonly rules: readonly HashedRule[];
}
