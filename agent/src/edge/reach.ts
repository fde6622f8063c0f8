import type { Reached } from "../core/standing.ts";
import type { Reach } from "../ports.ts";
import { connectController } from "./controller-client.ts";
import type { AgentIdentity } from "./identity-store.ts";
import { connectNatsUntil } from "./nats-connection.ts";

export interface ReachOptions {
  /** Asked at every attempt. */
  readonly identity: () => AgentIdentity;
  readonly isLive: () => boolean;
}

const ATTEMPT_MS = 10_000;

/**
 * Whether the way to NATS and to the controller is open: a server for whose certificate our CA vouches
 * answers there. That it does not like our credentials is no fault of the way.
 */
export function createReach({ identity, isLive }: ReachOptions): Reach {
  return {
    isLive,
    async attempt(stop) {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(ATTEMPT_MS)]);
      const [nats, controller] = await Promise.all([
        natsFailure(identity(), signal),
        controllerFailure(identity(), signal),
      ]);
      return outcome(nats, controller);
    },
  };
}

function outcome(nats: string | undefined, controller: string | undefined): Reached {
  if (nats !== undefined && controller !== undefined) {
    return {
      kind: "unreachable",
      reason: "NobodyReachable",
      message: `NATS at ${nats}; the controller at ${controller}`,
    };
  }
  if (nats !== undefined) {
    return { kind: "unreachable", reason: "NatsUnreachable", message: `NATS at ${nats}` };
  }
  return controller === undefined
    ? { kind: "reached" }
    : {
        kind: "unreachable",
        reason: "ControllerUnreachable",
        message: `the controller at ${controller}`,
      };
}

/** undefined: it was reached. */
async function natsFailure(
  identity: AgentIdentity,
  signal: AbortSignal,
): Promise<string | undefined> {
  const attempt = await connectNatsUntil(identity, signal);
  if (attempt === undefined) return noAnswer(identity.natsUrl);
  if (attempt.kind === "failed") return attempt.isUnauthorized ? undefined : attempt.message;
  await attempt.connection.close();
  return undefined;
}

async function controllerFailure(
  identity: AgentIdentity,
  signal: AbortSignal,
): Promise<string | undefined> {
  const client = connectController(identity);
  // A channel that is closed does not tell those who wait for it.
  const isReady = new Promise<boolean>((resolve) => {
    client.waitForReady(Date.now() + ATTEMPT_MS, (error) => {
      resolve(error === undefined);
    });
    const stop = () => {
      resolve(false);
    };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return (await isReady) ? undefined : noAnswer(identity.controllerAddress);
  } finally {
    client.close();
  }
}

function noAnswer(address: string): string {
  return `${address}: no connection in time`;
}
