import { createUser } from "@nats-io/jwt";
import { inboxPrefix } from "@seawall/proto";
import {
  type ConnectionOptions,
  connect,
  Events,
  jwtAuthenticator,
  type NatsConnection,
} from "nats";
import { mintAgentUser } from "../nats/user-credentials.ts";
import type { TestNats } from "./test-nats.ts";

/** A host's connection as an agent has it, or as somebody has who took over the host. */
export interface TestAgent {
  readonly host: string;
  readonly publicKey: string;
  readonly nats: NatsConnection;
  /** With the same credentials once more. */
  reconnect(): Promise<NatsConnection>;
  /** With new credentials for the same key. */
  renew(): Promise<NatsConnection>;
  /** What the server said it must not do: the subjects. */
  readonly denied: readonly string[];
}

export interface TestAgentOptions {
  readonly ttlSeconds?: number;
  readonly connection?: ConnectionOptions;
}

export async function connectTestAgent(
  nats: TestNats,
  host: string,
  { ttlSeconds = 600, connection = {} }: TestAgentOptions = {},
): Promise<TestAgent> {
  const user = createUser();
  const publicKey = user.getPublicKey();
  const mint = () => mintAgentUser(nats.keys, { host, publicKey, nowMs: Date.now(), ttlSeconds });
  const signIn = async () => jwtAuthenticator(await mint(), user.getSeed());
  const options: ConnectionOptions = {
    servers: nats.address,
    tls: { ca: nats.certificate.caPem },
    authenticator: await signIn(),
    inboxPrefix: inboxPrefix(host),
    reconnect: false,
    ...connection,
  };
  const agent = await connect(options);
  const denied: string[] = [];
  void (async () => {
    for await (const status of agent.status()) {
      const subject = status.permissionContext?.subject;
      if (status.type === Events.Error && subject !== undefined) denied.push(subject);
    }
  })();
  return {
    host,
    publicKey,
    nats: agent,
    reconnect: () => connect(options),
    renew: async () => connect({ ...options, authenticator: await signIn() }),
    denied,
  };
}
