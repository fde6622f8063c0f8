/**
 * Reports whether an interface of this name can be named in a rule without surprise. The kernel takes far more
 * characters than anyone uses, and to iptables a `+` at the end means every interface that begins so.
 */
export function isPlainInterfaceName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,14}$/.test(name);
}

/** What a host forwards outside Docker never goes by the loopback interface, nor by a bridge of Docker's own. */
export function isOutsideDocker(name: string): boolean {
  return name !== "lo" && name !== "docker0" && !/^br-[0-9a-f]{12}$/.test(name);
}
