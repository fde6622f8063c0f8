import type { Failure } from "../core/failure.ts";
import { nftTarget } from "../core/nft-hash.ts";
import { nftMatch } from "../core/nft-match.ts";
import { tableName } from "../core/nft-table.ts";
import { type ObservedNftTable, parseBaseChains, parseNftTable } from "../core/parse-nft.ts";
import { logLimit } from "../core/render-log.ts";
import type { FailedCall, Firewall, Look, NftReading } from "../ports.ts";
import type { Exec, ExecResult } from "./exec.ts";
import { isAbsent, nftFailure, notUnderstood } from "./nft-failure.ts";

/** What of the firewall is kept in nftables. */
export interface Nft {
  /** Our table, and whether Docker's are there. */
  observe(look: Look): Promise<NftReading | FailedCall>;
  apply: Firewall["applyNft"];
}

const limits = { timeoutMs: 30_000, maxOutputBytes: 64 * 1024 * 1024 };

/** Through the program nft. */
export function createNft(exec: Exec): Nft {
  let version: string | undefined;
  let nflogMissing: boolean | undefined;

  const call = (argv: readonly string[], input?: string): Promise<ExecResult> =>
    exec(["nft", ...argv], { ...limits, ...(input === undefined ? {} : { input }) });

  const observe: Nft["observe"] = async ({ enforcement }) => {
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
    if (enforcement === "nftables") nflogMissing ??= await isNflogMissing(call);
    const nflog = enforcement === "nftables" && nflogMissing === true ? "missing" : undefined;
    return {
      ...{ ...table, ...docker, kind: "observed", version: version ?? "" },
      ...(nflog && { nflog }),
    };
  };

  const apply: Nft["apply"] = async (text) => {
    const result = await call(["-f", "-"], text);
    return isGood(result) ? { kind: "done" } : failed(nftFailure(result));
  };

  return { observe, apply };
}

/**
 * Whether nft and the kernel know what our rules tell NFLOG with; the kernel takes the whole of it and changes
 * nothing. A rule that it does not take would make it refuse the whole table, and the host stay open.
 */
async function isNflogMissing(
  call: (argv: readonly string[], input: string) => Promise<ExecResult>,
): Promise<boolean> {
  const tell = nftTarget({ kind: "log", prefix: "seawall probe" }, false, "IPv4");
  const rule = `${nftMatch([logLimit], "IPv4")} ${tell}`;
  const table = `table inet ${tableName}-probe {\n  chain probe {\n    ${rule}\n  }\n}\n`;
  const result = await call(["-c", "-f", "-"], table);
  // Whatever else can be wrong, listing has found already.
  return result.kind === "exited" && result.code === 1;
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
