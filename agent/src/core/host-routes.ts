import { type Address, type Cidr, lastAddress } from "@seawall/policy";

/** Where the host's addresses and routes lead, as its kernel has them now. */
export interface HostRoutes {
  /** What the host takes for itself. */
  readonly own: readonly Cidr[];
  /** Of the main table: rules that lead into others are not looked at. */
  readonly routes: readonly Route[];
}

export interface Route {
  readonly to: Cidr;
  /** Absent: whatever goes there is refused. */
  readonly interface?: string;
  readonly metric: number;
  /** By way of a router; else whoever has the address is on the link. */
  readonly isFar: boolean;
}

/** Where an address is. */
export interface Whereabouts {
  /** It is one of the host's own. */
  readonly isOwn: boolean;
  /** By which the host sends to it; several where it may take any of them. */
  readonly interfaces: readonly string[];
  /** Behind a router, so what it sends need not come by the same way. */
  readonly isFar: boolean;
}

export function whereIs(address: Address, { own, routes }: HostRoutes): Whereabouts {
  if (own.some((cidr) => isInCidr(cidr, address))) {
    return { isOwn: true, interfaces: [], isFar: false };
  }
  const leading = routes.filter(({ to }) => isInCidr(to, address));
  const longest = Math.max(...leading.map(({ to }) => to.prefix));
  const closest = leading.filter(({ to }) => to.prefix === longest);
  const cheapest = Math.min(...closest.map(({ metric }) => metric));
  const taken = closest.filter(({ metric }) => metric === cheapest);
  return {
    isOwn: false,
    interfaces: [...new Set(taken.flatMap((route) => route.interface ?? []))],
    isFar: taken.length === 0 || taken.some(({ isFar }) => isFar),
  };
}

export function isInCidr(cidr: Cidr, { family, value }: Address): boolean {
  return cidr.family === family && cidr.network <= value && value <= lastAddress(cidr);
}
