import {
  BundleTooLargeError,
  type CompileHost,
  diffDesired,
  encodeBundle,
  type Issue,
} from "@seawall/policy";
import type { Compiled, HostCompiler } from "./host-compiler.ts";

/** What a write changes on one host, line by line. */
export interface HostChange {
  readonly host: string;
  readonly added: string[];
  readonly removed: string[];
}

/** The hosts whose rules differ between two trees. */
export function hostDiffs(
  hosts: readonly CompileHost[],
  before: HostCompiler,
  after: HostCompiler,
): readonly HostChange[] {
  const known = new Map<string, ReturnType<typeof diffDesired>>();
  return hosts.flatMap((host) => {
    const [old, next] = [before(host), after(host)];
    if (old.content === next.content) return [];
    const key = `${old.content} ${next.content}`;
    const diff = known.get(key) ?? diffDesired(old.desired, next.desired);
    known.set(key, diff);
    return [{ host: host.name, added: [...diff.added], removed: [...diff.removed] }];
  });
}

/** A bundle that no agent would take must not become a revision. One issue for all hosts that it is the same for. */
export function tooLargeBundles(
  hosts: readonly CompileHost[],
  compile: HostCompiler,
): readonly Issue[] {
  const sharing = new Map<Compiled, string[]>();
  for (const host of hosts) {
    const compiled = compile(host);
    const names = sharing.get(compiled) ?? [];
    names.push(host.name);
    sharing.set(compiled, names);
  }
  return [...sharing].flatMap(([{ desired, requires }, names]) => {
    try {
      encodeBundle({ ...largest, requires, desired });
      return [];
    } catch (error) {
      if (!(error instanceof BundleTooLargeError)) throw error;
      const message = error.message.replace(`host ${largest.host}`, someOf(names));
      return [{ severity: "error", path: "", message } as const];
    }
  });
}

/** A longer name, hard to compress, and longer numbers than any bundle will have: what fits now fits for ever. */
const largest = {
  format: 1,
  host: "QmFzZTY0-c3VjaCBhIG5hbWUgaXMgbm90IGNvbXByZXNzZWQgd2VsbCBhdCBhbG",
  epoch: 987_654_321_987,
  generation: 876_543_219_876,
  revision: 765_432_198_765,
} as const;

function someOf(names: readonly string[]): string {
  const [first = "", ...others] = names;
  return others.length === 0
    ? `host ${first}`
    : `host ${first} and ${String(others.length)} more with the same policies`;
}
