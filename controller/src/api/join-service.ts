import { type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import {
  isHostName,
  isTokenId,
  type JoinRequest__Output,
  type JoinResponse,
  type JoinServiceHandlers,
} from "@seawall/proto";
import type { Logger } from "pino";
import { event, type FleetEvent, hostJoined } from "../core/fleet-event.ts";
import type { Authority } from "../identity/authority.ts";
import {
  type EnrolledHosts,
  type EnrolRefusal,
  enrol,
  type JoinTokens,
} from "../identity/enrol.ts";
import type { SigningKey } from "../identity/signing-key.ts";
import type { RecordEvent } from "./authorized-calls.ts";
import { issueHostCredentials, type MintAgentUser } from "./host-credentials.ts";
import { RateLimit } from "./rate-limit.ts";
import type { TellRefusal } from "./refusals.ts";
import { sourceAddress } from "./source-address.ts";

export interface JoinServiceOptions {
  readonly authority: Authority;
  readonly signingKeys: readonly SigningKey[];
  readonly tokens: JoinTokens;
  readonly hosts: EnrolledHosts;
  readonly mintAgentUser: MintAgentUser;
  /** host:port, as hosts reach them. */
  readonly natsUrl: string;
  readonly controllerAddress: string;
  readonly now: () => Date;
  /** Milliseconds. */
  readonly monotonicNow: () => number;
  readonly record: RecordEvent;
  readonly refused: TellRefusal;
  readonly log: Logger;
}

/** Enough for a fleet that joins through one NAT; guessing 256 bits is hopeless at any rate. */
const RATES = { perSource: { burst: 50, perSecond: 10 }, overall: { burst: 200, perSecond: 50 } };

const codes: Readonly<Record<EnrolRefusal, status>> = {
  InvalidHostName: status.INVALID_ARGUMENT,
  InvalidRequest: status.INVALID_ARGUMENT,
  WrongToken: status.PERMISSION_DENIED,
  Expired: status.PERMISSION_DENIED,
  UsedUp: status.PERMISSION_DENIED,
  HostNotAllowed: status.PERMISSION_DENIED,
  AddressNotInRange: status.PERMISSION_DENIED,
  NameTaken: status.ALREADY_EXISTS,
  Quarantined: status.PERMISSION_DENIED,
  Busy: status.ABORTED,
};

/** The one RPC of the join listener: a token against a certificate and NATS credentials. */
export function createJoinService(options: JoinServiceOptions): JoinServiceHandlers {
  const limit = new RateLimit(RATES, options.monotonicNow());
  return {
    Join: (
      call: ServerUnaryCall<JoinRequest__Output, JoinResponse>,
      answer: sendUnaryData<JoinResponse>,
    ) => {
      const address = sourceAddress(call.getPeer());
      if (!limit.allows(address, options.monotonicNow())) {
        answer({
          code: status.RESOURCE_EXHAUSTED,
          details: "too many joins at once; try again in a few seconds",
        });
        // Nothing else of it was looked at: neither the host nor the token that it names.
        const message = `TooManyAtOnce, from ${address}`;
        options.refused(event("JoinRefused", { message }), address);
        return;
      }
      join(call.request, address, options).then(
        (outcome) => {
          if (outcome.ok) answer(null, outcome.response);
          else
            answer({
              code: codes[outcome.reason],
              details: `${outcome.reason}: ${outcome.message}`,
            });
        },
        (error: unknown) => {
          options.log.error({ err: error, address }, "join failed");
          answer({
            code: status.UNAVAILABLE,
            details: "the controller cannot enrol hosts now; try again",
          });
        },
      );
    },
  };
}

async function join(request: JoinRequest__Output, address: string, options: JoinServiceOptions) {
  const { log, now, authority } = options;
  const enrolment = await enrol({ ...request, address }, options, now());
  if (!enrolment.ok) {
    log.warn(
      { host: request.host.slice(0, 64), address, reason: enrolment.reason },
      "join refused",
    );
    options.refused(joinRefused(request, enrolment.reason, address), address);
    return enrolment;
  }
  const { host, publicKeySpki, isNew } = enrolment;
  const credentials = await issueHostCredentials({ ...host, publicKeySpki }, options, now());
  if (credentials === undefined) {
    const message = `host ${host.name} was deleted while it joined; join it again with a new token`;
    log.warn({ host: host.name, address }, message);
    options.refused(joinRefused(request, "Busy", address), address);
    return { ok: false as const, reason: "Busy" as const, message };
  }
  log.info(
    { host: host.name, address, token: request.tokenId },
    isNew ? "host joined" : "host joined again with the same keys",
  );
  if (isNew) {
    await options.record(hostJoined(host, address));
  }
  const response: JoinResponse = {
    ...credentials,
    caDer: authority.certificateDer,
    natsUrl: options.natsUrl,
    controllerAddress: options.controllerAddress,
    signingKeys: options.signingKeys.map(({ keyId, publicKeySpki: spkiDer }) => ({
      keyId,
      spkiDer,
    })),
  };
  return { ok: true as const, response };
}

/** Of what the caller says only what has the form of a name and an id, and never a secret. */
function joinRefused(
  request: JoinRequest__Output,
  reason: EnrolRefusal,
  address: string,
): FleetEvent {
  const host = isHostName(request.host) ? request.host : "";
  const by = isTokenId(request.tokenId) ? `token/${request.tokenId}` : "";
  const about = host === "" ? "" : `host/${host}`;
  return event("JoinRefused", { by, about, host, message: `${reason}, from ${address}` });
}
