import { createHash } from "node:crypto";
import { decodeBundle } from "@seawall/policy";
import { open, type TrustedKeys } from "@seawall/proto";
import { contentOf } from "./core/host-compiler.ts";
import type { StoredContent } from "./core/next-bundle.ts";
import type { StoredBundle } from "./store/desired.ts";

/** What the bundles in the store say, each read and verified once. Kept is what they are compared by: together they are large. */
export class VerifiedBundles {
  readonly #trusted: TrustedKeys;
  readonly #known = new WeakMap<StoredBundle, StoredContent | "unusable">();

  constructor(trusted: TrustedKeys) {
    this.#trusted = trusted;
  }

  /** Undefined for what we did not sign: what somebody else put there is as good as nothing. */
  contentOf(stored: StoredBundle): StoredContent | undefined {
    const known = this.#known.get(stored) ?? this.#read(stored.bytes);
    this.#known.set(stored, known);
    return known === "unusable" ? undefined : known;
  }

  #read(bytes: Buffer): StoredContent | "unusable" {
    const opened = open("bundle", bytes, this.#trusted);
    if (!opened.ok) return "unusable";
    const decoded = decodeBundle(opened.payload);
    if (!decoded.ok) return "unusable";
    const { epoch, generation } = decoded.bundle;
    const digest = createHash("sha256").update(bytes).digest("hex");
    return { epoch, generation, digest, content: contentOf(decoded.bundle) };
  }
}
