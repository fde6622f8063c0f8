/** Where the kernel puts what rules have to say. */
export const logGroup = 4747;

/**
 * Of a packet, its headers: what people send is nobody's business. A bound is needed anyway: libpcap up to 1.10 gives
 * up on an entry that is longer than its snapshot and 128 bytes (pcap-netfilter-linux.c, netfilter_read_linux).
 */
export const loggedBytes = 128;

/** iptables' kernel keeps 63 characters of a prefix; iptables refuses more. nftables would take more. */
export const longestLogPrefix = 63;

/** Checked long before; a prefix that could end the argument would be somebody else's rule. */
export function checkedLogPrefix(text: string): string {
  if (text.length > longestLogPrefix || !/^[A-Za-z0-9 _.,:/[\]()@+=-]+$/.test(text)) {
    throw new Error(`not a prefix of a log entry: ${JSON.stringify(text)}`);
  }
  return text;
}
