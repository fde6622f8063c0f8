import type { Packet } from "@seawall/policy";
import { stringify } from "yaml";
import { describePacket } from "./drawn-packets.ts";
import type { DrawnHost } from "./drawn-state.ts";

/** Manifests to apply, the containers of the host, and packets to send. */
export function describeCase(
  { documents, view, mode, ipset }: DrawnHost,
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
  return [
    ...documents.map((document) => stringify(document)),
    stringify({ hostMode: mode, ipset, containers }),
    ...sent.map(describePacket),
  ];
}
