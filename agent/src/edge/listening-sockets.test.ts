import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readListeningSockets } from "./listening-sockets.ts";

const head =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const rest =
  "00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0";

test("as Linux shows them on a little-endian machine", async () => {
  const procNet = await mkdtemp(join(tmpdir(), "seawall-sockets-"));
  const files = {
    tcp: [
      "   0: 0100007F:0CEA 00000000:0000 0A",
      "   1: 00000000:0016 00000000:0000 0A",
      "   2: 0B0200C0:01BB 00000000:0000 0A",
      "   3: 0B0200C0:0016 097100CB:D431 01",
    ],
    tcp6: [
      "   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A",
      "   1: 00000000000000000000000001000000:0277 00000000000000000000000000000000:0000 0A",
      "   2: B80D01200000EA050000000011000000:1F90 00000000000000000000000000000000:0000 0A",
      "   3: 0000000000000000FFFF00000B0200C0:1F91 00000000000000000000000000000000:0000 0A",
      "   4: 0000000000000000FFFF00000100007F:1F92 00000000000000000000000000000000:0000 0A",
    ],
    udp: [
      "  123: 00000000:0035 00000000:0000 07",
      "  124: 0B0200C0:9C40 097100CB:0035 01",
      "nonsense",
    ],
  };
  for (const [name, lines] of Object.entries(files)) {
    const text = [head, ...lines.map((one) => `${one} ${rest}`), ""].join("\n");
    await writeFile(join(procNet, name), text);
  }
  expect(await readListeningSockets({ procNet })).toEqual([
    { protocol: "TCP", address: "0.0.0.0", port: 22 },
    { protocol: "TCP", address: "192.0.2.11", port: 443 },
    { protocol: "TCP", address: "::", port: 80 },
    { protocol: "TCP", address: "2001:db8:5ea::11", port: 8080 },
    { protocol: "TCP", address: "192.0.2.11", port: 8081 },
    { protocol: "UDP", address: "0.0.0.0", port: 53 },
  ]);
  await rm(procNet, { recursive: true });
});

test("on this machine: who listens, and nobody who is only connected", async () => {
  const server = createServer().listen(0, "0.0.0.0");
  const socket = createSocket("udp4").bind(0, "0.0.0.0");
  await Promise.all([once(server, "listening"), once(socket, "listening")]);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  const client = connect(port, "127.0.0.1");
  await once(client, "connect");
  const found = await readListeningSockets({ procNet: "/proc/net" });
  expect(found).toContainEqual({ protocol: "TCP", address: "0.0.0.0", port });
  expect(found).toContainEqual({
    protocol: "UDP",
    address: "0.0.0.0",
    port: socket.address().port,
  });
  expect(found.map((one) => one.port)).not.toContain(client.localPort);
  client.destroy();
  server.close();
  socket.close();
});
