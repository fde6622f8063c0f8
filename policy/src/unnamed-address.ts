import { addressSetContains } from "./address-set.ts";
import { type Address, cidrOfText, lastAddress, singleAddress } from "./cidr.ts";
import type { Family } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import { ownAddresses } from "./host-addresses.ts";
import { representatives, spansOf } from "./policy-tests-representatives.ts";
import { isLoopback } from "./published-path.ts";
import type { ResolvedState } from "./resolved-state.ts";

/** Among them are addresses of the internet that fewest rules name. */
const PUBLIC: Readonly<Record<Family, string>> = { IPv4: "64.0.0.0/3", IPv6: "2000::/3" };

/** An address of the internet that as few blocks of rules as possible hold. */
export function unnamedAddress(state: ResolvedState, family: Family): Address {
  const sets = addressSetsOf(state).map((set) => spansOf(set, family));
  const whole = cidrOfText(PUBLIC[family]);
  const span = { first: whole.network, last: lastAddress(whole) };
  const amount = (value: bigint) =>
    sets.filter((spans) => spans.some(({ first, last }) => first <= value && value <= last)).length;
  const values = representatives(span, sets).map((value) => ({ value, amount: amount(value) }));
  const least = values.reduce((best, one) => (one.amount < best.amount ? one : best), {
    value: span.first,
    amount: amount(span.first),
  });
  return { family, value: least.value };
}

/** One that the host has, if it can be one that is approved too; else one that no rule names. */
export function hostAddress(state: ResolvedState, family: Family, host: HostFacts): Address {
  return hostAddresses(host, family)[0] ?? unnamedAddress(state, family);
}

/** Those by which others reach the host, approved ones first. */
export function hostAddresses({ addresses, view }: HostFacts, family: Family): readonly Address[] {
  const own = ownAddresses(view);
  const approved = addresses
    .flatMap((text) => singleAddress(text) ?? [])
    .filter((address) => addressSetContains(own, address));
  const known = view.addresses.filter((text) => !isLoopback(text));
  return [...approved, ...known.flatMap((text) => singleAddress(text) ?? [])].filter(
    (address) => address.family === family,
  );
}

function addressSetsOf(state: ResolvedState) {
  const planes = [state, ...(state.audit === undefined ? [] : [state.audit])];
  return planes
    .flatMap(({ bridges, interfaces }) => [
      ...bridges.flatMap(({ ingress, egress, internal, host }) => [
        ingress,
        egress,
        internal,
        host,
      ]),
      ...interfaces.flatMap(({ ingress, egress }) => [ingress, egress]),
    ])
    .flatMap((direction) => direction?.cases ?? [])
    .flatMap(({ list }) => list.rules)
    .flatMap(({ from, to }) => [from, to].flatMap((peers) => peers?.addresses ?? []));
}
