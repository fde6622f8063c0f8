import type { ObservedSets } from "./parse-ipset.ts";
import type { ObservedFamily } from "./parse-save.ts";

/** The kernel as observed, as far as it concerns us. */
export interface ObservedKernel {
  readonly IPv4: ObservedFamily;
  /** `absent`: this kernel runs without IPv6, so there is nothing to filter. */
  readonly IPv6: ObservedFamily | "absent";
  /** Our sets; `missing`: ipset cannot be used here, so none can be read or made. */
  readonly ipset: ObservedSets | "missing";
  /** Rules with this target are refused here. */
  readonly nflog?: "missing";
}
