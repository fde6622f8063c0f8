import { logOptions } from "../core/hash.ts";
import { iptablesMatch } from "../core/iptables-match.ts";
import { logLimit } from "../core/render-log.ts";
import type { ExecResult } from "./exec.ts";

/**
 * Whether iptables and the kernel know what our rules tell NFLOG with; asked for a rule that is not there, so nothing
 * is changed. A rule that is not understood would make the kernel refuse the whole ruleset, and the host stay open.
 * @param program as `iptables-nft`
 */
export async function isNflogMissing(
  program: string,
  call: (argv: readonly string[]) => Promise<ExecResult>,
): Promise<boolean> {
  const [limit = []] = iptablesMatch([logLimit], "IPv4", "missing");
  const rule = [
    ...limit.map(String),
    "-j",
    "NFLOG",
    ...logOptions,
    "--nflog-prefix",
    "seawall probe",
  ];
  const result = await call([program, "-w", "5", "-t", "filter", "-C", "FORWARD", ...rule]);
  // 1: understood, and not there. Whatever else went wrong, reading the tables will say better.
  return result.kind === "exited" && result.code === 2;
}
