const HOST_NAME = /^[A-Za-z0-9_-]{1,63}$/;

/**
 * Reports whether `name` may name a host: one NATS subject token of 1 to 63
 * letters, digits, `_` and `-`. A dot or a wildcard would put somebody else's
 * subjects into the host's permissions, so this is checked before anything is minted.
 */
export function isHostName(name: string): boolean {
  return HOST_NAME.test(name);
}
