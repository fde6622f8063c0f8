import { fromState } from "./cannot-start.ts";
import { type ControllerConfig, type ControllerFlags, loadControllerConfig } from "./config.ts";
import { type ControllerIdentity, loadControllerIdentity } from "./identity/controller-identity.ts";
import { StateDirectory } from "./identity/state-directory.ts";
import { type NatsKeys, natsKeysSchema } from "./nats/nats-keys.ts";
import { natsKeysFile } from "./nats-keys-file.ts";

export interface StateOptions {
  readonly flags: ControllerFlags;
  readonly configFile: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What \`init\` made. */
export interface OpenedState {
  readonly config: ControllerConfig;
  readonly directory: StateDirectory;
  readonly identity: ControllerIdentity;
  readonly keys: NatsKeys;
}

/** @throws ConfigError, CannotStart */
export async function openState(options: StateOptions): Promise<OpenedState> {
  const config = loadControllerConfig(options.flags, options.environment, options.configFile);
  const directory = new StateDirectory(config.stateDirectory);
  return {
    config,
    directory,
    identity: await fromState(loadControllerIdentity(directory)),
    keys: await fromState(directory.read(natsKeysFile, natsKeysSchema)),
  };
}

/** The names and addresses that a server certificate of this controller is for. */
export function serverNames(config: ControllerConfig): readonly string[] {
  return [...config.advertise, "localhost", "127.0.0.1", "::1"];
}
