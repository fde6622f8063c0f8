import { expect, test } from "vitest";
import { type Heard, parseMonitorLine } from "./parse-monitor.ts";

const commit = (pid: number, command: string): Heard => ({
  kind: "commit",
  commit: { pid, command },
});

test.each<[string, string, Heard | undefined]>([
  ["a commit", "# new generation 41 by process 15767 (iptables)", commit(15767, "iptables")],
  [
    "by a program with a long name",
    "# new generation 7 by process 18852 (iptables-nft-re)",
    commit(18852, "iptables-nft-re"),
  ],
  [
    "by one with brackets in it",
    "# new generation 7 by process 1 ((sd-pam) x)",
    commit(1, "(sd-pam) x"),
  ],
  [
    "by one that wants to paint the terminal",
    "# new generation 7 by process 5 (\u001b[31mred)",
    commit(5, "_[31mred"),
  ],
  ["by one without a name", "# new generation 7 by process 5 ()", commit(5, "")],
  ["by one that the kernel did not name", "# new generation 7", { kind: "lost" }],
  ["lost events", "# ERROR: We lost some netlink events!", { kind: "lost" }],
  [
    "a rule",
    "insert rule ip filter DOCKER-USER ip saddr 1.2.3.4 counter packets 0 bytes 0 drop",
    undefined,
  ],
  [
    "a rule that quotes the monitor",
    'add rule ip filter X comment "# new generation 7 by process 5 (x)"',
    undefined,
  ],
  ["nothing", "", undefined],
])("%s", (_, line, expected) => {
  expect(parseMonitorLine(line)).toEqual(expected);
});
