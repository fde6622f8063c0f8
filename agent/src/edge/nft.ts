import type { Failure } from "../core/failure.ts";
import { tableName } from "../core/nft-table.ts";
import { type ObservedNftTable, parseBaseChains, parseNftTable } from "../core/parse-nft.ts";
import type { FailedCall, Firewall, NftReading } from "../ports.ts";
import type { Exec, ExecResult } from "./exec.ts";
import { isAbsent, nftFailure, notUnderstood } from "./nft-failure.ts";

/** What of the firewall is kept in nftables. */
export interface Nft {
  /** Our table, and whether Docker's are there. */
  observe(): Promise<NftReading | FailedCall>;
  apply: Firewall["applyNft"];
}

const limits = { timeoutMs: 30_000, maxOutputBytes: 64 * 1024 * 1024 };

/** Through the program nft. */
export function createNft(exec: Exec): Nft {
  let version: string | undefined;

  const call = (argv: readonly string[], input?: string): Promise<ExecResult> =>
    exec(["nft", ...argv], { ...limits, ...(input === undefined ? {} : { input }) });

  const observe = async (): Promise<NftReading | FailedCall> => {
    const [listed, chains, told] = await Promise.all([
      call(["-j", "list", "table", "inet", tableName]),
      call(["-j", "list", "chains"]),
      version === undefined ? call(["--version"]) : undefined,
    ]);
    const table = readTable(listed);
    const docker = readDockerChains(chains);
    // The program may have been replaced or removed: ask it again who it is.
    if (table.kind === "failed" || docker.kind === "failed") version = undefined;
    if (table.kind === "failed") return table;
    if (docker.kind === "failed") return docker;
    if (told !== undefined) version = versionOf(told);
    return { ...table, ...docker, kind: "observed", version: version ?? "" };
  };

  const apply: Nft["apply"] = async (text) => {
    const result = await call(["-f", "-"], text);
    return isGood(result) ? { kind: "done" } : failed(nftFailure(result));
  };

  return { observe, apply };
}

function readTable(
  result: ExecResult,
): { readonly kind: "read"; readonly nft: ObservedNftTable | "absent" } | FailedCall {
  if (isAbsent(result)) return { kind: "read", nft: "absent" };
  if (!isGood(result)) return failed(nftFailure(result));
  const parsed = parseNftTable(result.stdout);
  return parsed.ok ? { kind: "read", nft: parsed.table } : failed(notUnderstood(parsed.message));
}

function readDockerChains(
  result: ExecResult,
): ({ readonly kind: "read" } & Pick<NftReading, "dockerChains">) | FailedCall {
  if (!isGood(result)) return failed(nftFailure(result));
  const parsed = parseBaseChains(result.stdout);
  if (!parsed.ok) return failed(notUnderstood(parsed.message));
  const has = (family: "ip" | "ip6") =>
    parsed.baseChains.has(`${family} docker-bridges filter-FORWARD`);
  return { kind: "read", dockerChains: { IPv4: has("ip"), IPv6: has("ip6") } };
}

function versionOf(told: ExecResult): string {
  return (isGood(told) ? /^nftables v(\S+)/.exec(told.stdout)?.[1] : undefined) ?? "";
}

function isGood(result: ExecResult): result is ExecResult & { readonly kind: "exited" } {
  return result.kind === "exited" && result.code === 0;
}

function failed(failure: Failure): FailedCall {
  return { kind: "failed", failure };
}
