import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Family } from "@seawall/policy";
import { type Table, tables } from "../core/ruleset.ts";
import type { FailedCall } from "../ports.ts";

const files = { IPv4: "ip_tables_names", IPv6: "ip6_tables_names" } as const;

/**
 * The tables of iptables-legacy that this network namespace has. Asking iptables-legacy itself would make them.
 * @param procNet where the namespace shows itself, as /proc/net.
 */
export async function legacyTables(
  procNet: string,
  family: Family,
): Promise<{ readonly kind: "tables"; readonly names: ReadonlySet<Table> } | FailedCall> {
  const path = join(procNet, files[family]);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // The kernel has no iptables-legacy at all, or not yet.
    if (code === "ENOENT") return { kind: "tables", names: new Set() };
    if (code === "EACCES") return { kind: "failed", failure: notRoot(path) };
    throw error;
  }
  const names = text.split("\n");
  return { kind: "tables", names: new Set(tables.filter((table) => names.includes(table))) };
}

function notRoot(path: string) {
  const message = `${path} may not be read; run the agent as root`;
  return { class: "wait", reason: "NoRights", message } as const;
}
