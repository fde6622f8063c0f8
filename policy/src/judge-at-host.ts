import type { AddressBits, AddressSpace } from "./address-space.ts";
import { parseAddress } from "./cidr.ts";
import type { Family } from "./desired-state.ts";
import { type Judged, judgeRegion, type Way, wholeFamily } from "./judge-region.ts";
import type { ResolvedBinding, ResolvedState } from "./resolved-state.ts";
import { heldAtNewBridge, isAtHeldPort } from "./simulate.ts";
import { type Region, subtractBox } from "./traffic-region.ts";

/**
 * What becomes of all packets of a family for the host itself that come by an interface to a port: what `simulate` says
 * of each. At a published port it is judged as if it had been redirected.
 */
export function judgeAtHost(
  state: ResolvedState,
  way: Omit<Way, "out" | "publishedPort">,
  family: Family,
  space: AddressSpace,
): readonly Judged[] {
  const whole = wholeFamily(family, space);
  if (heldAtNewBridge(state, way) !== undefined) return [{ action: "Deny", region: whole }];
  const parts: Judged[] = [];
  let rest = whole;
  for (const binding of way.in === "lo" ? [] : state.bindings) {
    if (binding.protocol !== way.protocol || binding.hostPort !== way.destinationPort) continue;
    const taken = addressesOf(binding, family, space);
    const everybody = space.every(family);
    const left = rest.reduce((all, { destination }) => all | destination, 0n) & taken;
    if (left === 0n) continue;
    parts.push(
      ...judgeBinding(state, binding, way, everybody, space).map(({ action, sources }) => ({
        action,
        region: sources === 0n ? [] : [{ source: sources, destination: left }],
      })),
    );
    rest = subtractBox(rest, { source: everybody, destination: taken });
  }
  if (isAtHeldPort(state, way)) return [...parts, { action: "Deny", region: rest }];
  return [...parts, ...judgeRegion(state, way, rest, space)];
}

/** The addresses of the host that it stands for. */
function addressesOf(
  { hostAddress }: ResolvedBinding,
  family: Family,
  space: AddressSpace,
): AddressBits {
  const parsed = parseAddress(hostAddress);
  if (!parsed.ok || parsed.address.family !== family) return 0n;
  return parsed.address.value === 0n ? space.every(family) : space.bitOf(parsed.address);
}

function judgeBinding(
  state: ResolvedState,
  { to, hostPort }: ResolvedBinding,
  { in: from, protocol }: Pick<Way, "in" | "protocol">,
  everybody: AddressBits,
  space: AddressSpace,
): readonly { readonly action: Judged["action"]; readonly sources: AddressBits }[] {
  if (to === undefined) return [{ action: "Deny", sources: everybody }];
  const way = {
    ...{ in: from, out: to.bridge, protocol },
    ...{ destinationPort: to.port, publishedPort: hostPort },
  };
  const region: Region = [{ source: everybody, destination: space.bitOf(to.address) }];
  return judgeRegion(state, way, region, space).map(({ action, region: said }) => ({
    action,
    sources: said.reduce((all, { source }) => all | source, 0n),
  }));
}
