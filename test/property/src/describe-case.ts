import type { Packet } from "@seawall/policy";
import { stringify } from "yaml";
import { describePacket } from "./drawn-packets.ts";
import type { DrawnHost } from "./drawn-state.ts";

/** Manifests to apply, the containers of the host, and packets to send. */
export function describeCase(
  { documents, view, labels, mode, ipset }: DrawnHost,
  sent: readonly Packet[],
): readonly string[] {
  const containers = view.containers.map(({ name, attachments, published }) => ({
    name,
    attachments: attachments.map(({ networkId, addresses }) => ({
      network: view.networks.find(({ id }) => id === networkId)?.name ?? networkId,
      addresses: addresses.join(" "),
    })),
    published: published.length > 0,
  }));
  const networks = view.networks.map(({ name, bridge = "none", labels: own }) => ({
    name,
    bridge,
    labels: own,
  }));
  return [
    ...documents.map((document) => stringify(document)),
    stringify({ hostMode: mode, hostLabels: labels, ipset, networks, containers }),
    ...sent.map(describePacket),
  ];
}
