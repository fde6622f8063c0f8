import type { Family } from "@seawall/policy";
import type { Failure } from "./failure.ts";
import type { Footprint } from "./footprint.ts";
import type { Variant } from "./variant.ts";

/** One variant of iptables whose rules nobody could read, although the kernel may hold some. */
export interface UnreadVariant {
  readonly family: Family;
  readonly variant: Variant;
  /** The kernel says that it has tables. */
  readonly hasTables: boolean;
  readonly failure: Failure;
}

export interface NotEmpty extends UnreadVariant {
  /** By the record, something of ours was written there, and nobody has seen it gone. */
  readonly isOurs: boolean;
}

/**
 * Those that are not to be taken for empty. One that was never installed here, that has no tables and that we have
 * not written to, is.
 */
export function notEmpty(
  unread: readonly UnreadVariant[],
  footprint: Footprint,
): readonly NotEmpty[] {
  return unread.flatMap((one) => {
    const isOurs = footprint[one.variant]?.[one.family] !== undefined;
    const isInstalled = one.failure.reason !== "IptablesMissing";
    return isOurs || one.hasTables || isInstalled ? [{ ...one, isOurs }] : [];
  });
}

/** What it means, and what to do. */
export function unreadText(unread: readonly NotEmpty[]): string {
  const texts = unread.map(({ family, variant, failure, isOurs }) => {
    const whose = isOurs ? ", with what Seawall left there," : "";
    return `what iptables-${variant} holds (${family}) cannot be read${whose} and filters every packet all the same: ${failure.message}`;
  });
  // What nothing needs any more is gone then; and only of iptables-legacy that can be seen afterwards.
  const orRestart = unread.every(({ hasTables }) => hasTables) ? ", or restart the host" : "";
  return `${texts.join("; ")}${orRestart}`;
}
