import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";
import type { Logger } from "pino";
import { callRefused, type FleetEvent } from "../core/fleet-event.ts";
import { type AuthenticatedCall, peerOf } from "./authenticate.ts";
import { authorize, type Caller, neededRole, type Users } from "./authorize.ts";
import { keepAuthorized } from "./keep-authorized.ts";
import type { TellRefusal } from "./refusals.ts";
import { RequestRefused } from "./request-refused.ts";
import type { ClientCall } from "./required-roles.ts";

const codes = {
  InvalidRequest: status.INVALID_ARGUMENT,
  NotFound: status.NOT_FOUND,
  StaleRevision: status.ABORTED,
  Conflict: status.FAILED_PRECONDITION,
  NotInForce: status.UNAVAILABLE,
  Forbidden: status.PERMISSION_DENIED,
  Revoked: status.UNAUTHENTICATED,
} as const satisfies Record<RequestRefused["reason"], status>;

/** Never throws. */
export type RecordEvent = (event: FleetEvent) => Promise<void>;

type Call = AuthenticatedCall & { getPath(): string; readonly request: unknown };

/** Handlers that let in only whose role is enough, now and as long as the call lasts. */
export function authorizedCalls(users: Users, refused: TellRefusal, log: Logger) {
  const tell = (kind: "CallRefused" | "ChangeRefused", call: Call, reason: string) => {
    const told = callRefused(kind, call.getPath(), peerOf(call), reason);
    log.warn({ method: call.getPath(), by: told.by, reason }, "call refused");
    refused(told, told.by);
  };
  const refuse = (name: ClientCall, error: unknown, call: Call) => {
    if (error instanceof RequestRefused) {
      if (isForWho(error)) tell("CallRefused", call, error.message);
      else if (error.reason !== "NotInForce" && isChange(name, call.request))
        tell("ChangeRefused", call, error.message);
    }
    return failureOf(error, call.getPath(), log);
  };
  // An answer, a refusal in words, or UNAVAILABLE for what is our failure.
  const unary =
    <Request, Response>(
      name: ClientCall,
      answer: (request: Request, caller: Caller) => Promise<Response>,
      /** Why a change was not made that was answered all the same; undefined: it was. */
      refusalIn: (response: Response) => string | undefined = () => undefined,
    ): handleUnaryCall<Request, Response> =>
    (call, callback) => {
      authorize(name, call, users)
        .then((caller) => answer(call.request, caller))
        .then(
          (response) => {
            callback(null, response);
            const reason = isChange(name, call.request) ? refusalIn(response) : undefined;
            if (reason !== undefined) tell("ChangeRefused", call, reason);
          },
          (error: unknown) => {
            callback(refuse(name, error, call));
          },
        );
    };
  const streaming =
    <Request, Response>(
      name: ClientCall,
      start: (call: ServerWritableStream<Request, Response>, caller: Caller) => void,
    ): handleServerStreamingCall<Request, Response> =>
    (call) => {
      const fail = (error: unknown) => {
        if (!call.cancelled) call.emit("error", refuse(name, error, call));
      };
      authorize(name, call, users)
        .then((caller) => {
          if (call.cancelled) return;
          const stop = keepAuthorized(() => authorize(name, call, users), fail);
          call.on("close", stop).on("cancelled", stop).on("error", stop);
          start(call, caller);
        })
        .catch(fail);
    };
  return { unary, streaming };
}

function isForWho({ reason }: RequestRefused): boolean {
  return reason === "Forbidden" || reason === "Revoked";
}

/** What is only read is answered, or is not there. A dry run is no change. */
function isChange(name: ClientCall, request: unknown): boolean {
  return neededRole(name, request) !== "viewer";
}

export function failureOf(error: unknown, method: string, log: Logger) {
  if (error instanceof RequestRefused) {
    return { code: codes[error.reason], details: error.message };
  }
  log.error({ err: error, method }, "call failed");
  return {
    code: status.UNAVAILABLE,
    details: "the controller cannot do this now, see its log; try again",
  };
}
