import type { Family } from "@seawall/policy";
import { sha256 } from "./sha256.ts";

/**
 * A set has two names, so that new content can stand beside the old until the rules refer to it. What
 * is being filled has the third.
 */
type SetSlot = "a" | "b";

const prefixes = { IPv4: "sw4", IPv6: "sw6" } as const;
const ownSet = /^(sw[46]-[0-9a-f]{16})-[abt]$/;

/** What a set is called in the kernel, which takes 31 characters. */
export function setName(family: Family, key: string, slot: SetSlot): string {
  const id = sha256(key).slice(0, 16);
  return `${prefixes[family]}-${id}-${slot}`;
}

/** Reports whether a set of this name is ours to change and to remove. */
export function isOwnSet(name: string): boolean {
  return ownSet.test(name);
}

/** The family that a set of ours must have. */
export function familyOfSet(name: string): Family {
  return name.startsWith(prefixes.IPv4) ? "IPv4" : "IPv6";
}

/** The other one of a set's two names. */
export function otherName(name: string): string {
  return name.endsWith("-a") ? name.replace(/-a$/, "-b") : name.replace(/-b$/, "-a");
}

/** The name under which a set is filled before it takes this one. */
export function fillingName(name: string): string {
  const stem = ownSet.exec(name)?.[1];
  if (stem === undefined) throw new Error(`not a set of ours: ${JSON.stringify(name)}`);
  return `${stem}-t`;
}
