/** Where the kernel puts what rules with `log` have to say. */
export const logGroup = 4747;

/** iptables' kernel keeps 63 characters of a prefix; iptables refuses more. nftables would take more. */
export const longestLogPrefix = 63;

/** Checked long before; a prefix that could end the argument would be somebody else's rule. */
export function checkedLogPrefix(text: string): string {
  if (text.length > longestLogPrefix || !/^[A-Za-z0-9 _.,:/[\]()@+=-]+$/.test(text)) {
    throw new Error(`not a prefix of a log entry: ${JSON.stringify(text)}`);
  }
  return text;
}
