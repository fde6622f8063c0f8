import type { Family } from "@seawall/policy";
import type { Failure } from "../core/failure.ts";
import type { Variant } from "../core/variant.ts";
import type { FailedCall } from "../ports.ts";
import type { ExecResult } from "./exec.ts";
import { iptablesFailure } from "./iptables-failure.ts";

export type Call = (argv: readonly string[], input?: string) => Promise<ExecResult>;

/** The programs of one variant for one family. */
export interface Programs {
  readonly kind: "found";
  /** As `iptables-nft`. */
  readonly program: string;
  readonly save: string;
  readonly restore: string;
  /** As "1.8.9". */
  readonly version: string;
}

const tools = { IPv4: "iptables", IPv6: "ip6tables" } as const satisfies Record<Family, string>;

/** Names say the variant on most systems; where only `iptables` exists, its version does. */
export async function findPrograms(
  call: Call,
  family: Family,
  variant: Variant,
): Promise<Programs | FailedCall> {
  const tool = tools[family];
  let missing: Failure | undefined;
  for (const name of [`${tool}-${variant}`, tool]) {
    const result = await call([name, "--version"]);
    if (result.kind !== "exited" || result.code !== 0) {
      missing ??= iptablesFailure(name, result);
      continue;
    }
    const told = versionOf(result.stdout);
    if (told?.variant !== variant) continue;
    const { version } = told;
    return {
      kind: "found",
      program: name,
      save: `${name}-save`,
      restore: `${name}-restore`,
      version,
    };
  }
  return { kind: "failed", failure: missing ?? tooOld(tool) };
}

/**
 * Which variant whoever says `iptables` on this host gets, Docker among them; undefined: nobody can, or an
 * iptables that does not say (before 1.8).
 */
export async function usualVariant(call: Call, family: Family): Promise<Variant | undefined> {
  const result = await call([tools[family], "--version"]);
  if (result.kind !== "exited" || result.code !== 0) return undefined;
  return versionOf(result.stdout)?.variant;
}

const variants: Readonly<Record<string, Variant>> = { nf_tables: "nft", legacy: "legacy" };

function versionOf(
  text: string,
): { readonly version: string; readonly variant: Variant | undefined } | undefined {
  const [, version, name = ""] = /^ip6?tables v(\S+) \((\w+)\)/.exec(text) ?? [];
  return version === undefined ? undefined : { version, variant: variants[name] };
}

function tooOld(tool: string): Failure {
  return {
    class: "wait",
    reason: "IptablesTooOld",
    message: `${tool} does not say whether it is the nft or the legacy variant; install iptables 1.8 or newer`,
  };
}
