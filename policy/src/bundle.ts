import { gunzipSync, gzipSync } from "node:zlib";
import { z } from "zod";
import type { DesiredState } from "./desired-state.ts";
import { desiredStateSchema } from "./desired-state-schema.ts";
import { knownFeatures } from "./features.ts";
import { quoted } from "./quoted.ts";

/** What the controller signs for one host: its bytes are the payload of an envelope of type `bundle`. */
export interface Bundle {
  readonly format: 1;
  /** Features the agent must know; with an unknown one nothing of the bundle may be applied. */
  readonly requires: readonly string[];
  /** The one host it is for. */
  readonly host: string;
  /** Grows when the store is initialised or restored. */
  readonly epoch: number;
  /** Grows with every bundle of this host within an epoch. */
  readonly generation: number;
  /** It was compiled from this one. */
  readonly revision: number;
  readonly desired: DesiredState;
}

export type BundleDecoded = { readonly ok: true; readonly bundle: Bundle } | BundleRefused;

interface BundleRefused {
  readonly ok: false;
  readonly reason: "Malformed" | "TooLarge" | "UnknownFormat" | "UnknownFeature";
  readonly message: string;
}

export const bundleLimits = {
  /** Bytes as it travels. */
  compressed: 512 * 1024,
  /** Bytes of its JSON. */
  expanded: 8 * 1024 * 1024,
} as const;

const FORMAT = 1;

const counter = z.int().min(0);

const header = z.looseObject({ format: z.int(), requires: z.array(z.string()) });

const bundleSchema = z.strictObject({
  format: z.literal(FORMAT),
  requires: z.array(z.string()),
  host: z.string().min(1).max(63),
  epoch: counter,
  generation: counter,
  revision: counter,
  desired: desiredStateSchema,
}) satisfies z.ZodType<Bundle>;

/** More policy than one host can be sent. Thrown, because what makes it too large is only known here, behind every other check. */
export class BundleTooLargeError extends Error {
  override readonly name = "BundleTooLargeError";
}

/** JSON, compressed. Throws BundleTooLargeError when no agent would take it. */
export function encodeBundle(bundle: Bundle): Buffer {
  const json = Buffer.from(JSON.stringify(bundle));
  if (json.length > bundleLimits.expanded) {
    throw new BundleTooLargeError(tooLarge(bundle.host, json.length, "", bundleLimits.expanded));
  }
  const bytes = gzipSync(json);
  if (bytes.length > bundleLimits.compressed) {
    throw new BundleTooLargeError(
      tooLarge(bundle.host, bytes.length, " compressed", bundleLimits.compressed),
    );
  }
  return bytes;
}

function tooLarge(host: string, size: number, how: string, limit: number): string {
  return `the policies of host ${host} come to ${String(size)} bytes${how}, over the limit of ${String(limit)}: select fewer policies for it, or shorten its address groups`;
}

/** Reads the bytes of an opened envelope. Never throws for what they are, and never expands more than the limit. */
export function decodeBundle(bytes: Uint8Array): BundleDecoded {
  const expanded = expandBundle(bytes);
  return expanded.ok ? decodeJson(expanded.json) : expanded;
}

/** As it says itself at its end (RFC 1952, ISIZE): with room for all of it at once nothing is copied. */
function expandedSize(bytes: Uint8Array): number {
  const { length, buffer, byteOffset } = bytes;
  const said = length < 4 ? 0 : new DataView(buffer, byteOffset).getUint32(length - 4, true);
  // What is not true of it costs no more than not to ask. One more than all of it, so that it is not full then.
  return Math.min(Math.max(said, 16 * 1024 - 1), bundleLimits.expanded) + 1;
}

/** The JSON of a bundle, which nobody has looked at. */
export function expandBundle(
  bytes: Uint8Array,
): { readonly ok: true; readonly json: string } | BundleRefused {
  if (bytes.length > bundleLimits.compressed) {
    return refused(
      "TooLarge",
      `the bundle has ${String(bytes.length)} bytes, over the limit of ${String(bundleLimits.compressed)}`,
    );
  }
  try {
    const json = gunzipSync(bytes, {
      maxOutputLength: bundleLimits.expanded,
      chunkSize: expandedSize(bytes),
    }).toString("utf8");
    return { ok: true, json };
  } catch (error) {
    return error instanceof RangeError
      ? refused(
          "TooLarge",
          `the bundle expands to more than ${String(bundleLimits.expanded)} bytes`,
        )
      : refused(
          "Malformed",
          `the bundle is not gzip: ${error instanceof Error ? error.message : String(error)}`,
        );
  }
}

export function decodeJson(json: string): BundleDecoded {
  const value = parseJson(json);
  const head = header.safeParse(value);
  if (!head.success) {
    return refused("Malformed", "the bundle is not JSON with format and requires");
  }
  if (head.data.format !== FORMAT) {
    return refused(
      "UnknownFormat",
      `bundle format ${String(head.data.format)} is not known: upgrade this agent`,
    );
  }
  const unknown = head.data.requires.filter((feature) => !knownFeatures.includes(feature));
  if (unknown.length > 0) {
    return refused(
      "UnknownFeature",
      `the bundle requires ${unknown.map((feature) => quoted(feature)).join(", ")}, which this agent does not know: upgrade it`,
    );
  }
  return checkFields(value);
}

function checkFields(value: unknown): BundleDecoded {
  const parsed = bundleSchema.safeParse(value);
  if (parsed.success) {
    return { ok: true, bundle: parsed.data };
  }
  const [issue] = parsed.error.issues;
  const path = JSON.stringify(issue?.path ?? []);
  // A newer controller's field is as little to be ignored as a feature it names.
  return issue?.code === "unrecognized_keys"
    ? refused(
        "UnknownFeature",
        `the bundle has fields that this agent does not know: ${issue.keys.map(quoted).join(", ")} at ${path}; upgrade it`,
      )
    : refused("Malformed", `the bundle is not valid at ${path}: ${issue?.message ?? "unknown"}`);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function refused(reason: BundleRefused["reason"], message: string): BundleRefused {
  return { ok: false, reason, message };
}
