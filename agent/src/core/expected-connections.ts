/**
 * Whether a connection was ever there that the kernel expected because of another, by what /proc/net/stat/nf_conntrack
 * says, a line for each processor: net/netfilter/nf_conntrack_standalone.c, ct_cpu_seq_show. What cannot be read says
 * nothing, so there may have been. Those that a conntrackd copied from another machine are not counted by the kernel.
 */
export function mayHaveExpected(stat: string): boolean {
  const [names = [], ...counts] = stat
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const column = names.indexOf("expect_new");
  if (column < 0 || counts.length === 0) return true;
  return counts.some((line) => Number.parseInt(line[column] ?? "", 16) !== 0);
}
