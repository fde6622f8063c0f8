/**
 * Reports whether an interface of this name can be named in a rule without surprise. The kernel takes far more
 * characters than anyone uses, and to iptables a `+` at the end means every interface that begins so.
 */
export function isPlainInterfaceName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,14}$/.test(name);
}
