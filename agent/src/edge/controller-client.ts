import { type ServiceError, status } from "@grpc/grpc-js";
import {
  type AgentServiceClient,
  agentProto,
  type RenewResponse__Output,
  secureChannel,
} from "@seawall/proto";
import { publicKeysOf } from "./certificate-request.ts";
import type { AgentIdentity } from "./identity-store.ts";
import { certificatePem } from "./pem.ts";

/** A connection of its own to the controller, with the certificate of this identity. The caller closes it. */
export function connectController(identity: AgentIdentity): AgentServiceClient {
  const { credentials, options } = secureChannel(identity.controllerAddress, {
    caPem: identity.caPem,
    client: { privateKeyPem: identity.privateKeyPem, chainPem: identity.certificatePem },
  });
  const { AgentService } = agentProto().seawall.v1;
  return new AgentService(identity.controllerAddress, credentials, options);
}

export type RenewOutcome =
  | { readonly kind: "renewed"; readonly identity: AgentIdentity }
  /** The controller is there and does not accept us: only joining again helps. */
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string };

const DEADLINE_MS = 15_000;

/** Asks for a new certificate and new NATS credentials, for the same name and keys. */
export async function renewOnce(identity: AgentIdentity): Promise<RenewOutcome> {
  const client = connectController(identity);
  try {
    const request = await publicKeysOf(identity);
    const response = await new Promise<RenewResponse__Output>((resolve, reject) => {
      client.renew(request, { deadline: Date.now() + DEADLINE_MS }, (error, answer) => {
        if (error !== null) reject(error);
        else if (answer === undefined) reject(new Error("the controller answered with nothing"));
        else resolve(answer);
      });
    });
    const { certificateDer, natsJwt, natsUrl } = response;
    return {
      kind: "renewed",
      identity: { ...identity, certificatePem: certificatePem(certificateDer), natsJwt, natsUrl },
    };
  } catch (error) {
    return explained(error);
  } finally {
    client.close();
  }
}

function explained(error: unknown): RenewOutcome {
  if (!isServiceError(error)) {
    return { kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
  const message = `${status[error.code]}: ${error.details}`;
  return { kind: error.code === status.UNAUTHENTICATED ? "refused" : "failed", message };
}

function isServiceError(error: unknown): error is ServiceError {
  return (
    error instanceof Error &&
    "code" in error &&
    "details" in error &&
    typeof error.code === "number"
  );
}
