import { readFile } from "node:fs/promises";
import { endianness } from "node:os";
import { join } from "node:path";
import { parseRoutes } from "../core/parse-routes.ts";
import type { Routes } from "../ports.ts";

/** @param procNet where a network namespace shows itself; another one's in tests. */
export function createRoutes(procNet = "/proc/net"): Routes {
  const read = (name: string) => readFile(join(procNet, name), "utf8").catch(noFile);
  return {
    read: async () => {
      const [fib_trie, route, ipv6_route] = await Promise.all([
        read("fib_trie"),
        read("route"),
        read("ipv6_route"),
      ]);
      return parseRoutes({ fib_trie, route, ipv6_route }, endianness() === "LE");
    },
  };
}

/** A kernel without this IP version has no such file. */
function noFile(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
  throw error;
}
