import { join } from "node:path";
import type { SignedAccounts } from "./operator.ts";

export interface ServerConfigOptions {
  /** Everything the server writes goes below this directory (0700). */
  readonly directory: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: { readonly certificateFile: string; readonly keyFile: string };
  readonly accounts: SignedAccounts;
  /** Public keys of accounts whose claims the server holds already. */
  readonly held: ReadonlySet<string>;
}

/** All buckets' limits together stay below this; see store/buckets.ts. */
const STORE_BYTES = 8 * 1024 ** 3;

/** Room for a bundle of 512 KiB in its envelope, base64. */
const MAX_PAYLOAD_BYTES = 1024 ** 2;

export const configFile = (directory: string): string => join(directory, "nats-server.conf");
const accountsDirectory = (directory: string): string => join(directory, "accounts");

/** Where the server keeps the claims of an account that were given or pushed to it. */
export const claimsFile = (directory: string, publicKey: string): string =>
  join(accountsDirectory(directory), `${publicKey}.jwt`);

export const pidFile = (directory: string): string => join(directory, "nats-server.pid");

/** The configuration of a server for one fleet. No monitoring port: nothing listens without TLS. */
export function serverConfig(options: ServerConfigOptions): string {
  const { directory, listen, tls, accounts, held } = options;
  const config = {
    server_name: "seawall",
    host: listen.host,
    port: listen.port,
    pid_file: pidFile(directory),
    ports_file_dir: directory,
    max_payload: MAX_PAYLOAD_BYTES,
    max_connections: 65_536,
    // A fleet that reconnects at once needs longer than the default 2 s for its handshakes.
    tls: { cert_file: tls.certificateFile, key_file: tls.keyFile, timeout: 10 },
    authorization: { timeout: 10 },
    jetstream: {
      store_dir: join(directory, "jetstream"),
      max_memory_store: 0,
      max_file_store: STORE_BYTES,
      // What is acknowledged is on disk.
      sync_interval: "always",
    },
    ...accountConfig(accounts, accountsDirectory(directory), held),
  };
  // The server's own format is a superset of JSON, whose quoting leaves nothing to chance.
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

function accountConfig(
  accounts: SignedAccounts,
  resolverDirectory: string,
  held: ReadonlySet<string>,
) {
  // Claims signed now would replace older ones the server holds, and the revocations in them.
  const missing = [accounts.system, accounts.controller, accounts.agents].filter(
    ({ publicKey }) => !held.has(publicKey),
  );
  return {
    operator: accounts.operatorJwt,
    system_account: accounts.system.publicKey,
    // A full resolver keeps pushed claims on disk: a revocation outlives the server.
    resolver: { type: "full", dir: resolverDirectory, allow_delete: true, interval: "2m" },
    resolver_preload: Object.fromEntries(missing.map(({ publicKey, jwt }) => [publicKey, jwt])),
  };
}
