import { open, readFile } from "node:fs/promises";
import { endianness } from "node:os";
import { join } from "node:path";
import { formatAddress, parseAddress } from "@seawall/policy";
import type { ListeningSocket } from "../core/own-ports.ts";
import type { HostKernelPaths } from "./host-kernel.ts";

/**
 * Sockets of this network namespace that somebody elsewhere can reach: TCP that listens, UDP that is connected to nobody.
 * Not those of the loopback address. Throws where the kernel does not show them: who listens would then be taken for nobody.
 */
export async function readListeningSockets({
  procNet,
}: Pick<HostKernelPaths, "procNet">): Promise<readonly ListeningSocket[]> {
  const [tcp, tcp6, udp, udp6] = await Promise.all([
    readWhileListening(join(procNet, "tcp")),
    readWhileListening(join(procNet, "tcp6")).catch(withoutIPv6),
    readFile(join(procNet, "udp"), "latin1"),
    readFile(join(procNet, "udp6"), "latin1").catch(withoutIPv6),
  ]);
  return [
    ...[tcp, tcp6].flatMap((text) => socketsIn(text, "TCP", LISTENS)),
    ...[udp, udp6].flatMap((text) => socketsIn(text, "UDP", UNCONNECTED)),
  ];
}

function withoutIPv6(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
  throw error;
}

/** TCP_LISTEN, and what UDP calls TCP_CLOSE. */
const LISTENS = "0A";
const UNCONNECTED = "07";

/** `  0: 0100007F:0CEA 00000000:0000 0A …`: number, local end, remote end, state. */
const line =
  /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /;

function socketsIn(
  text: string,
  protocol: ListeningSocket["protocol"],
  wanted: string,
): readonly ListeningSocket[] {
  return text.split("\n").flatMap((one): readonly ListeningSocket[] => {
    const [, hex = "", port = "", state] = line.exec(one) ?? [];
    const address = addressOf(hex);
    if (state !== wanted || address === undefined || isLoopback(address)) return [];
    return [{ protocol, address, port: Number.parseInt(port, 16) }];
  });
}

const CHUNK = 65_536;

/** The kernel shows sockets that listen ahead of all others, of which there may be very many. */
async function readWhileListening(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    let text = "";
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK);
      text += buffer.toString("latin1", 0, bytesRead);
      const [last = ""] = text.split("\n").slice(-2);
      if (bytesRead === 0 || (line.exec(last)?.[3] ?? LISTENS) !== LISTENS) return text;
    }
  } finally {
    await file.close();
  }
}

/** Words of four bytes, in the machine's order. An address of IPv4 in one of IPv6 is the former. */
function addressOf(hex: string): string | undefined {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const shown = word.match(/../g) ?? [];
    return endianness() === "LE" ? shown.toReversed() : shown;
  });
  const text = bytes.join("");
  const v4 = bytes.length === 4 ? bytes : text.startsWith(MAPPED) ? bytes.slice(-4) : undefined;
  const parsed = parseAddress(
    v4 === undefined
      ? text.replace(/(.{4})(?!$)/g, "$1:")
      : v4.map((byte) => String(Number.parseInt(byte, 16))).join("."),
  );
  return parsed.ok ? formatAddress(parsed.address) : undefined;
}

const MAPPED = `${"0".repeat(20)}FFFF`;

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
