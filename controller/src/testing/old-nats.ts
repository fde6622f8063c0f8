import { once } from "node:events";
import { createServer } from "node:net";
import { TLSSocket } from "node:tls";
import { testServerCertificate } from "./test-certificates.ts";

export interface OldNats {
  readonly address: string;
  readonly caPem: string;
  stop(): Promise<void>;
}

/**
 * The greeting of a nats-server of another version: INFO, TLS, then an answer to
 * PING. Enough for a client to connect, and to see what it would be connected to.
 */
export async function serveOldNats(version: string): Promise<OldNats> {
  const certificate = await testServerCertificate(["127.0.0.1"]);
  const info = { server_id: "old", version, proto: 1, max_payload: 1_048_576, tls_required: true };
  const server = createServer((plain) => {
    plain.write(`INFO ${JSON.stringify({ ...info, headers: true, port: 4222 })}\r\n`);
    const socket = new TLSSocket(plain, {
      isServer: true,
      cert: certificate.certificatePem,
      key: certificate.keyPem,
    });
    socket.on("data", (data: Buffer) => {
      if (data.includes("PING")) socket.write("PONG\r\n");
    });
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  return {
    address: `127.0.0.1:${String(port)}`,
    caPem: certificate.caPem,
    stop: async () => {
      server.close();
      await once(server, "close");
    },
  };
}
