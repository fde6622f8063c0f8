import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";

const ANSWER_MS = 5_000;

/**
 * SHA-256 of the certificate that a nats-server presents right now, as Node writes
 * fingerprints. Nothing is trusted by it; it tells one certificate from another.
 */
export function presentedFingerprint(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const plain = connectTcp({ host, port });
    const fail = (error: Error) => {
      plain.destroy();
      reject(error);
    };
    plain.setTimeout(ANSWER_MS, () => {
      fail(new Error(`${host}:${String(port)} does not answer`));
    });
    plain.once("error", fail);
    // The server greets in the clear and then waits for the handshake.
    plain.once("data", () => {
      const secure = connectTls({ socket: plain, rejectUnauthorized: false }, () => {
        resolve(secure.getPeerCertificate().fingerprint256);
        secure.end();
      });
      secure.once("error", fail);
    });
  });
}
