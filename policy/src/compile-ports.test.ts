import { expect, test } from "vitest";
import { compilePorts } from "./compile-ports.ts";
import type { PortMatch } from "./desired-state.ts";
import type { PolicyPort } from "./policy-port.ts";

type Protocol = "TCP" | "UDP";

function port(first: number, last = first, protocol: Protocol = "TCP"): PortMatch {
  return { kind: "port", protocol, ports: { first, last } };
}

function published(first: number, last = first, protocol: Protocol = "TCP"): PortMatch {
  return { kind: "publishedPort", protocol, ports: { first, last } };
}

test.for<[string, PolicyPort[], PortMatch[]]>([
  ["TCP is the default", [{ port: 80 }], [port(80)]],
  ["in order", [{ port: 443 }, { port: 80 }], [port(80), port(443)]],
  [
    "neighbours and repetitions are one",
    [{ port: 81 }, { port: 80 }, { port: 80 }],
    [port(80, 81)],
  ],
  [
    "overlaps are one",
    [
      { port: 8000, endPort: 8100 },
      { port: 8050, endPort: 8200 },
    ],
    [port(8000, 8200)],
  ],
  [
    "protocols stay apart",
    [{ protocol: "UDP", port: 80 }, { port: 80 }],
    [port(80), port(80, 80, "UDP")],
  ],
  [
    "a published port is another thing",
    [{ publishedPort: 80 }, { port: 80 }],
    [port(80), published(80)],
  ],
  [
    "published ranges",
    [
      { publishedPort: 80, endPort: 90 },
      { protocol: "UDP", publishedPort: 1 },
    ],
    [published(80, 90), published(1, 1, "UDP")],
  ],
  [
    "a whole protocol takes its ports in",
    [{ protocol: "TCP" }, { port: 80 }],
    [{ kind: "port", protocol: "TCP" }],
  ],
  [
    "but not its published ones, which say where the packet came through",
    [{ protocol: "TCP" }, { publishedPort: 80 }],
    [{ kind: "port", protocol: "TCP" }, published(80)],
  ],
  [
    "ICMP comes last, once",
    [{ protocol: "ICMP" }, { protocol: "UDP" }, { protocol: "ICMP" }],
    [{ kind: "port", protocol: "UDP" }, { kind: "icmp" }],
  ],
  ["every port by number", [{ port: 1, endPort: 65_535 }], [port(1, 65_535)]],
])("%s", ([, entries, expected]) => {
  expect(compilePorts(entries)).toEqual(expected);
});
