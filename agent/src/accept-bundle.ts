import { type BundleDecoder, type Bundle as DecodedBundle, decodeBundle } from "@seawall/policy";
import { open, type TrustedKeys } from "@seawall/proto";
import { compareBundles } from "./core/compare-bundles.ts";
import type { BundleVerdict, PreviewVerdict } from "./ports.ts";

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
  const opened = openAs("bundle", envelope, { host, trusted, decode });
  if (opened.kind === "refused") return opened;
  const { epoch, generation, revision, desired } = opened.bundle;
  if (notBefore !== undefined && compareBundles({ epoch, generation }, notBefore) < 0) {
    return refused(
      "OlderGeneration",
      `the bundle has epoch ${epoch}, generation ${generation}; epoch ${notBefore.epoch}, generation ${notBefore.generation} was accepted before`,
    );
  }
  return { kind: "bundle", bundle: { epoch, generation, revision, desired, envelope } };
}

/** Judges sealed bytes that are only to be looked at. Nothing else takes them: they are no bundle. */
export function acceptPreview(
  envelope: Uint8Array,
  acceptance: Pick<Acceptance, "host" | "trusted">,
): PreviewVerdict {
  const opened = openAs("preview", envelope, { ...acceptance, decode: decodeBundle });
  if (opened.kind === "refused") return opened;
  const { revision, desired } = opened.bundle;
  return { kind: "preview", revision, desired };
}

type Opened = { readonly kind: "opened"; readonly bundle: DecodedBundle } | Refused;
type Refused = Extract<BundleVerdict, { readonly kind: "refused" }>;

function openAs(
  type: "bundle" | "preview",
  envelope: Uint8Array,
  {
    host,
    trusted,
    decode,
  }: Pick<Acceptance, "host" | "trusted"> & { readonly decode: BundleDecoder },
): Opened {
  const opened = open(type, envelope, trusted);
  if (!opened.ok) return refused(opened.reason, opened.message);
  const decoded = decode(opened.payload);
  if (!decoded.ok) return refused(decoded.reason, decoded.message);
  const { bundle } = decoded;
  return bundle.host === host
    ? { kind: "opened", bundle }
    : refused("WrongHost", `the bundle is for host ${bundle.host}, this is ${host}`);
}

function refused(reason: string, message: string): Refused {
  return { kind: "refused", refusal: { reason, message, unsupported: unsupported.has(reason) } };
}
