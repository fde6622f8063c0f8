import { type Cidr, cidrOfText, type Family, type Packet } from "@seawall/policy";
import { type Ends, isRedirected } from "./connection.ts";
import { type HostRoutes, isInCidr, type Whereabouts, whereIs } from "./host-routes.ts";

/** What decides by which interfaces a connection goes, and whether rules see it there. */
export interface ConnectionGround {
  readonly routes: HostRoutes;
  readonly dockerBridges: readonly string[];
  /** Interfaces outside Docker that policies name. */
  readonly named: readonly string[];
  /** Whether rules see what stays on one bridge. */
  readonly bridgeNf: Readonly<Record<Family, boolean>>;
}

/** A way on which no rule of ours sees a packet. */
export type Unseen = "unseen";

/** An interface that no policy names. */
const elsewhere = "";

/** Multicast, and the broadcast address. */
export const groups: readonly Cidr[] = ["224.0.0.0/4", "255.255.255.255/32", "ff00::/8"].map(
  cidrOfText,
);

/**
 * What the first packet of a live connection may have been when it was forwarded: more than one, where the
 * interface that it came in by cannot be told. Connection tracking knows addresses alone, so:
 *
 * - the host's own addresses are the host; what it sends itself is seen by no rule;
 * - whoever is on a link sends by that link, and what is sent to him leaves by it: a container by its bridge,
 *   whichever of its networks it has more;
 * - what is sent to somebody behind a router leaves as the host's main table says, but what he sends may come in
 *   anywhere outside Docker, or by a bridge that the route leads through.
 */
export function packetsOf(ends: Ends, ground: ConnectionGround): readonly (Packet | Unseen)[] {
  const { protocol, source, destination, answerer, port, answeringPort } = ends;
  const from = whereIs(source, ground.routes);
  if (from.isOwn) return ["unseen"];
  const to = whereIs(answerer, ground.routes);
  const redirected = isRedirected(ends);
  const packet = {
    protocol,
    source,
    destination: answerer,
    ...(answeringPort === undefined ? {} : { destinationPort: answeringPort }),
    // Redirected ICMP came by no port, but it was redirected.
    ...(redirected ? { publishedAddress: destination, publishedPort: port ?? 0 } : {}),
  };
  const isHidden = (via: string, out: string) =>
    via === out &&
    !redirected &&
    ground.dockerBridges.includes(via) &&
    !ground.bridgeNf[source.family];
  return waysIn(from, ground).flatMap((via): readonly (Packet | Unseen)[] =>
    waysOut(to, isToGroup(ends), via).map((out) =>
      out === undefined
        ? { in: via, ...packet }
        : isHidden(via, out)
          ? "unseen"
          : { in: via, out, ...packet },
    ),
  );
}

function waysIn(
  { interfaces, isFar }: Whereabouts,
  { dockerBridges, named }: ConnectionGround,
): readonly string[] {
  if (!isFar) return interfaces;
  const bridges = interfaces.filter((one) => dockerBridges.includes(one));
  return [...bridges, ...named, elsewhere];
}

/** undefined: to the host itself. */
function waysOut(
  { isOwn, interfaces }: Whereabouts,
  toGroup: boolean,
  via: string,
): readonly (string | undefined)[] {
  // Nothing leads it from one link to another.
  if (toGroup) return [undefined, via];
  if (isOwn) return [undefined];
  return interfaces.length === 0 ? [elsewhere] : interfaces;
}

function isToGroup({ answerer }: Ends): boolean {
  return groups.some((cidr) => isInCidr(cidr, answerer));
}
