import { type BundleDecoder, decodeBundle } from "@seawall/policy";
import { open, type TrustedKeys } from "@seawall/proto";
import { compareBundles } from "./core/compare-bundles.ts";
import type { BundleVerdict } from "./ports.ts";

export interface Acceptance {
  /** This host. */
  readonly host: string;
  readonly trusted: TrustedKeys;
  /** What was accepted last; nothing older is accepted after it. */
  readonly notBefore?: { readonly epoch: number; readonly generation: number };
  /** Default `decodeBundle`. */
  readonly decode?: BundleDecoder;
}

/** What a newer agent would understand: the host is Unsupported, not Failed. */
const unsupported: ReadonlySet<string> = new Set(["UnknownFormat", "UnknownFeature"]);

/**
 * Judges sealed bytes, wherever they come from: NATS, where anybody who holds the bus
 * can put some, or this host's own disk. Nothing of them is read before the signature
 * is verified, and nothing of a bundle that is not for this host or goes back is used.
 */
export function acceptBundle(
  envelope: Uint8Array,
  { host, trusted, notBefore, decode = decodeBundle }: Acceptance,
): BundleVerdict {
  const opened = open("bundle", envelope, trusted);
  if (!opened.ok) {
    return refused(opened.reason, opened.message);
  }
  const decoded = decode(opened.payload);
  if (!decoded.ok) {
    return refused(decoded.reason, decoded.message);
  }
  const { epoch, generation, revision, desired, host: meant } = decoded.bundle;
  if (meant !== host) {
    return refused("WrongHost", `the bundle is for host ${meant}, this is ${host}`);
  }
  if (notBefore !== undefined && compareBundles({ epoch, generation }, notBefore) < 0) {
    return refused(
      "OlderGeneration",
      `the bundle has epoch ${epoch}, generation ${generation}; epoch ${notBefore.epoch}, generation ${notBefore.generation} was accepted before`,
    );
  }
  return { kind: "bundle", bundle: { epoch, generation, revision, desired, envelope } };
}

function refused(reason: string, message: string): BundleVerdict {
  return { kind: "refused", refusal: { reason, message, unsupported: unsupported.has(reason) } };
}
