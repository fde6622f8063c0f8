import { createPublicKey } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { stringify } from "yaml";
import { type ControllerConfig, loadControllerConfig } from "./config.ts";
import { firstUser, firstUserFile } from "./first-user.ts";
import {
  createControllerIdentity,
  loadControllerIdentity,
} from "./identity/controller-identity.ts";
import { keyFingerprint } from "./identity/key-fingerprint.ts";
import { StateDirectory } from "./identity/state-directory.ts";
import { createNatsKeys } from "./nats/nats-keys.ts";
import { natsKeysFile } from "./nats-keys-file.ts";
import type { StateOptions } from "./opened-state.ts";

export type InitOptions = StateOptions;

/** What the first administrator needs to reach the controller. */
export interface AdminAccess {
  readonly controllerAddress: string;
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

export class AlreadyInitialised extends Error {
  override name = "AlreadyInitialised";
}

/**
 * Makes everything that a new fleet's trust rests on: CA, signing key and NATS
 * operator, in the state directory, 0600. Writes the configuration file when there is
 * none, so that \`run\` needs no flags.
 * @throws AlreadyInitialised when the state directory has an identity: it is never overwritten.
 */
export async function init(options: InitOptions): Promise<AdminAccess> {
  const config = loadControllerConfig(options.flags, options.environment, options.configFile);
  const directory = new StateDirectory(config.stateDirectory);
  // The NATS keys first: with an identity in place, init is over.
  await directory.prepare();
  await directory.create(natsKeysFile, createNatsKeys());
  if (!(await createControllerIdentity(directory, new Date()))) {
    throw new AlreadyInitialised(
      `${config.stateDirectory} has the identity of a fleet already. Start it with \`seawall controller run\``,
    );
  }
  const identity = await loadControllerIdentity(directory);
  if (!identity.ok) throw new Error(identity.message);
  await writeConfigFile(options.configFile, config);
  const { authority } = identity.value;
  const admin = await authority.issueUser("admin", new Date());
  const adminKey = keyFingerprint(createPublicKey(admin.privateKeyPem));
  await directory.create(firstUserFile, firstUser("admin", adminKey, new Date()));
  return {
    controllerAddress: addressOf(config.advertise[0] ?? "", config.grpcPort),
    caPem: authority.certificatePem,
    certPem: admin.chainPem,
    keyPem: admin.privateKeyPem,
  };
}

/** host:port, with brackets around an IPv6 address. */
export function addressOf(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
}

async function writeConfigFile(file: string, config: ControllerConfig): Promise<void> {
  if (existsSync(file)) return;
  await mkdir(dirname(file), { recursive: true });
  const { natsUrl, ...rest } = config;
  const text = stringify(natsUrl === undefined ? rest : { ...rest, natsUrl });
  await writeFile(
    file,
    `# Written by seawall controller init. Flags and SEAWALL_… win over it.\n${text}`,
  );
}
