import { createHash, createPublicKey, X509Certificate } from "node:crypto";
import { type ServiceError, status } from "@grpc/grpc-js";
import {
  identityUri,
  isHostName,
  type JoinRequest,
  type JoinResponse__Output,
  type JoinTokenText,
  joinProto,
  parseJoinToken,
  secureChannel,
} from "@seawall/proto";
import { makeHostKeys, publicKeysOf } from "./edge/certificate-request.ts";
import { renewOnce } from "./edge/controller-client.ts";
import type { AgentIdentity, HostKeys, IdentityStore } from "./edge/identity-store.ts";
import { certificatePem, publicKeyPem } from "./edge/pem.ts";
import { fetchPinnedCa } from "./edge/pinned-ca.ts";

export interface JoinOptions {
  /** host:port of the join listener. */
  readonly controller: string;
  /** As printed by `seawall token create`. */
  readonly token: string;
  /** The name to join under. */
  readonly host: string;
  readonly store: IdentityStore;
}

export type JoinOutcome =
  | { readonly kind: "joined"; readonly identity: AgentIdentity }
  /** Nothing was changed, except that the credentials may be fresh. */
  | { readonly kind: "alreadyJoined"; readonly identity: AgentIdentity }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "unreachable"; readonly message: string };

type Failure = Extract<JoinOutcome, { kind: "refused" | "unreachable" }>;

const DEADLINE_MS = 30_000;

/**
 * Makes this host a member of the fleet. The keys are made here, the controller is
 * checked against the token before anything is sent to it, and repeating it is
 * harmless: once joined, it only asks the controller whether that still holds.
 */
export async function join(options: JoinOptions): Promise<JoinOutcome> {
  const { host, store } = options;
  if (!isHostName(host)) {
    return refused(
      `${JSON.stringify(host)} cannot name a host: 1 to 63 letters, digits, '_' and '-', no dots; give another one with --name`,
    );
  }
  const token = parseJoinToken(options.token);
  if (!token.ok) {
    return refused(token.message);
  }
  const stored = await store.read();
  switch (stored.kind) {
    case "unreadable":
      return refused(stored.message);
    case "identity":
      return await joinAgain(options, token.token, stored.identity);
    case "none": {
      const { caFingerprint } = token.token;
      return await joinWith(
        options,
        token.token,
        await store.keysForJoining({ caFingerprint, host }, makeHostKeys),
      );
    }
  }
}

async function joinAgain(
  options: JoinOptions,
  token: JoinTokenText,
  identity: AgentIdentity,
): Promise<JoinOutcome> {
  if (fingerprintOf(identity.caPem) !== token.caFingerprint) {
    return refused(
      `this host has joined another controller, ${identity.controllerAddress}, as ${identity.host}; to leave that one, run \`seawall agent uninstall\` first`,
    );
  }
  if (identity.host !== options.host) {
    return refused(
      `this host has joined as ${identity.host}, not as ${options.host}; to change its name, run \`seawall agent uninstall\` here and \`seawall delete host ${identity.host}\` first`,
    );
  }
  const probe = await renewOnce(identity);
  if (probe.kind === "renewed") {
    await options.store.write(probe.identity);
    return { kind: "alreadyJoined", identity: probe.identity };
  }
  const isValid = Date.parse(new X509Certificate(identity.certificatePem).validTo) > Date.now();
  if (probe.kind === "failed" && isValid) {
    return { kind: "alreadyJoined", identity };
  }
  // Deleted from the fleet meanwhile, or away for too long: the token decides, for the same keys.
  return await joinWith(options, token, identity);
}

async function joinWith(
  options: JoinOptions,
  token: JoinTokenText,
  keys: HostKeys,
): Promise<JoinOutcome> {
  const { controller, host, store } = options;
  const ca = await fetchPinnedCa(controller, token.caFingerprint);
  if (ca.kind !== "trusted") {
    return { kind: ca.kind === "untrusted" ? "refused" : "unreachable", message: ca.message };
  }
  const request = {
    tokenId: token.id,
    tokenSecret: token.secret,
    host,
    ...(await publicKeysOf(keys)),
  };
  const answer = await callJoin(controller, ca.caPem, request);
  if (answer.kind !== "answer") {
    return answer;
  }
  const { response } = answer;
  const wrong = whatIsWrongWith(response, ca.caPem, options.host, keys);
  if (wrong !== undefined) {
    return refused(
      `the controller's answer cannot be right: ${wrong}; are controller and agent of versions that fit?`,
    );
  }
  const identity: AgentIdentity = {
    format: 1,
    host,
    privateKeyPem: keys.privateKeyPem,
    natsSeed: keys.natsSeed,
    controllerAddress: response.controllerAddress,
    natsUrl: response.natsUrl,
    caPem: ca.caPem,
    certificatePem: certificatePem(response.certificateDer),
    natsJwt: response.natsJwt,
    signingKeysPem: response.signingKeys.map((key) => publicKeyPem(key.spkiDer)),
  };
  await store.write(identity);
  return { kind: "joined", identity };
}

type Answer = { readonly kind: "answer"; readonly response: JoinResponse__Output } | Failure;

/** Here the secret leaves the host, over a connection that only the pinned CA vouches for. */
function callJoin(controller: string, caPem: string, request: JoinRequest): Promise<Answer> {
  const { credentials, options } = secureChannel(controller, { caPem });
  const { JoinService } = joinProto().seawall.v1;
  const client = new JoinService(controller, credentials, options);
  return new Promise<Answer>((resolve) => {
    client.join(request, { deadline: Date.now() + DEADLINE_MS }, (error, response) => {
      client.close();
      if (response === undefined) resolve(explained(controller, error));
      else resolve({ kind: "answer", response });
    });
  });
}

const passing: readonly status[] = [
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.RESOURCE_EXHAUSTED,
  status.ABORTED,
];

function explained(controller: string, error: ServiceError | null): Failure {
  if (error === null) {
    return refused(`${controller} answered with nothing`);
  }
  return passing.includes(error.code)
    ? { kind: "unreachable", message: `${controller}: ${error.details}` }
    : refused(`${controller} refuses: ${error.details}`);
}

function whatIsWrongWith(
  response: JoinResponse__Output,
  caPem: string,
  host: string,
  keys: HostKeys,
): string | undefined {
  const certificate = new X509Certificate(response.certificateDer);
  const authority = new X509Certificate(caPem);
  const own = createPublicKey(keys.privateKeyPem);
  if (!certificate.verify(authority.publicKey)) return "the certificate is not of its CA";
  if (!certificate.publicKey.equals(own)) return "the certificate is for another key";
  if (certificate.subjectAltName !== `URI:${identityUri({ kind: "host", name: host })}`)
    return "the certificate is for another name";
  if (response.natsJwt === "" || response.natsUrl === "" || response.controllerAddress === "")
    return "an address or the NATS credentials are missing";
  if (response.signingKeys.length === 0) return "no key is named that may sign bundles";
  return undefined;
}

function fingerprintOf(certificate: string): string {
  return createHash("sha256").update(new X509Certificate(certificate).raw).digest("hex");
}

function refused(message: string): Failure {
  return { kind: "refused", message };
}
