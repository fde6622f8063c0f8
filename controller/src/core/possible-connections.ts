import { type ChangePreviewDocument, formatAddress, parseAddress } from "@seawall/policy";
import type { LiveConnection__Output } from "@seawall/proto";

type Connection = ChangePreviewDocument["connections"][number]["first"][number];

const protocols: readonly string[] = ["TCP", "UDP", "ICMP"];

/** Those of them that can be one: a host can name anything. */
export function possibleConnections(named: readonly LiveConnection__Output[]): Connection[] {
  return named.flatMap((said) => {
    const { protocol, port, answeringPort } = said;
    const [source, destination, answerer] = [said.source, said.destination, said.answerer].map(
      (text) => parseAddress(text),
    );
    if (source?.ok !== true || destination?.ok !== true || answerer?.ok !== true) return [];
    if (!protocols.includes(protocol) || Math.max(port, answeringPort) > 65_535) return [];
    return [
      {
        ...{ protocol, port, answeringPort },
        source: formatAddress(source.address),
        destination: formatAddress(destination.address),
        answerer: formatAddress(answerer.address),
      },
    ];
  });
}
