import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CannotStart } from "./cannot-start.ts";
import { signAccounts } from "./nats/operator.ts";
import { configFile, serverConfig } from "./nats/server-config.ts";
import { openState, type StateOptions, serverNames } from "./opened-state.ts";

/**
 * Writes what a nats-server that somebody else runs needs to serve this fleet: its
 * configuration, certificate and key, in a directory whose path is the same there.
 * @returns the configuration file.
 * @throws ConfigError, CannotStart
 */
export async function writeNatsFiles(
  options: StateOptions & { readonly directory: string },
): Promise<string> {
  const { config, identity, keys } = await openState(options);
  const { directory } = options;
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(config.natsUrl ?? "") ?? [];
  if (host === undefined) {
    throw new CannotStart(
      "say where the nats-server will be reached: --nats-url host:port, or natsUrl in the configuration",
    );
  }
  const tls = {
    certificateFile: join(directory, "server.crt"),
    keyFile: join(directory, "server.key"),
  };
  const names = [...new Set([host, ...serverNames(config)])];
  const certificate = await identity.authority.issueServer(names, new Date());
  const text = serverConfig({
    directory,
    listen: { host: "0.0.0.0", port: Number(port) },
    tls,
    accounts: await signAccounts(keys, new Map()),
    held: new Set(),
  });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(tls.certificateFile, certificate.chainPem, { mode: 0o600 });
  await writeFile(tls.keyFile, certificate.privateKeyPem, { mode: 0o600 });
  await writeFile(configFile(directory), text, { mode: 0o600 });
  return configFile(directory);
}
