import {
  addressSetOfTexts,
  emptyAddressSet,
  isEmptyAddressSet,
  subtractAddressSets,
} from "./address-set.ts";
import type { AddressSet, DesiredPolicy, DesiredState, Family } from "./desired-state.ts";
import { type ExposedPort, exposureOf } from "./exposure.ts";
import type { HostView } from "./host-view.ts";
import { everyAddress } from "./reachable-sources.ts";

/** A published port, and whether anybody on the internet comes to it though no rule lets him. */
export interface PublishedReach {
  readonly port: ExposedPort;
  readonly openByDefault: "yes" | "no" | "unknown";
}

/** Denies whatever no rule allows. Nothing is judged behind it. */
const denyAll: DesiredPolicy = {
  name: "",
  tier: "Baseline",
  priority: 1000,
  networkSelector: {},
  ingress: { defaultAction: "Deny", rules: [] },
};

/**
 * Every published port, as exposureOf has it: open by default where it would be closed to part of the internet if
 * nothing but rules opened anything. What no policy governs is open by default.
 */
export function publishedReachOf(desired: DesiredState, view: HostView): readonly PublishedReach[] {
  const strict = { ...desired, policies: [...desired.policies, denyAll] };
  const byRule = new Map(exposureOf(strict, view).map((port) => [keyOf(port), sourcesOf(port)]));
  return exposureOf(desired, view).map((port) => {
    const allowed = byRule.get(keyOf(port)) ?? emptyAddressSet;
    return { port, openByDefault: judged(port, allowed) };
  });
}

function judged(port: ExposedPort, allowed: AddressSet): PublishedReach["openByDefault"] {
  if (port.from === "Unknown") return "unknown";
  // The management guard keeps it open, and the host's options say so.
  const isMeant = port.ungoverned?.reason === "NeverDenied";
  if (port.ungoverned !== undefined) return isMeant ? "no" : "yes";
  const unsaid = subtractAddressSets(sourcesOf(port), allowed);
  return isEmptyAddressSet(subtractAddressSets(unsaid, notInternet)) ? "no" : "yes";
}

function keyOf({ container, port, networks }: ExposedPort): string {
  return JSON.stringify([container, port ?? null, networks]);
}

function sourcesOf({ from, cidrs, port }: ExposedPort): AddressSet {
  switch (from) {
    case "Anywhere":
      return everyAddress[familyOf(port?.address ?? "")];
    case "Some":
      return addressSetOfTexts(cidrs);
    case "Nowhere":
    case "Unknown":
      return emptyAddressSet;
  }
}

function familyOf(address: string): Family {
  return address.includes(":") ? "IPv6" : "IPv4";
}

/** Private, shared, loopback, link-local, multicast and reserved addresses: nobody comes from there but neighbours. */
const notInternet = addressSetOfTexts([
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"],
  ...["172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"],
  ...["::/3", "fc00::/7", "fe80::/10", "ff00::/8"],
]);
