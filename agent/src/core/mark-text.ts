/** One bit of a mark as iptables has it, for the packet as for its connection. */
export function markText(bit: number): string {
  const text = `0x${bit.toString(16)}`;
  return `${text}/${text}`;
}
