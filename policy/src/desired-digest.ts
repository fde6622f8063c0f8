import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";
import type { DesiredState } from "./desired-state.ts";

/** Equal for what asks the same of a host, compiled now or read from its bundle. */
export function desiredDigest(desired: DesiredState): string {
  return createHash("sha256").update(canonicalJson(desired)).digest("hex");
}
