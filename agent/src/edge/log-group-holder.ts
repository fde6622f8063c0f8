import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { logGroup } from "../core/log-entry.ts";

/** Who listens to our NFLOG group, in words; empty: nobody, or it cannot be seen. */
export async function logGroupHolder(procNet = "/proc/net"): Promise<string> {
  const groups = await readIfThere(join(procNet, "netfilter/nfnetlink_log"));
  const lines = groups.split("\n").map((line) => line.trim().split(/ +/));
  const port = lines.find(([group]) => group === String(logGroup))?.[1];
  if (port === undefined || !/^\d+$/.test(port)) return "";
  // The first netlink socket of a process has its pid for a port.
  const name = (await readIfThere(`/proc/${port}/comm`)).trim();
  return name === "" ? `port ${port}` : `${name}, pid ${port}`;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    // Gone meanwhile, or not for us to read.
    return "";
  }
}
