import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";
import type { Logger } from "pino";
import { event, type FleetEvent } from "../core/fleet-event.ts";
import { type AuthenticatedCall, peerOf } from "./authenticate.ts";
import { authorize, type Caller, type Users } from "./authorize.ts";
import { keepAuthorized } from "./keep-authorized.ts";
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

/** Handlers that let in only whose role is enough, now and as long as the call lasts. */
export function authorizedCalls(users: Users, record: RecordEvent, log: Logger) {
  const refuse = (error: unknown, call: AuthenticatedCall & { getPath(): string }) => {
    const refused = callRefused(error, call);
    if (refused !== undefined) void record(refused);
    return failureOf(error, call.getPath(), log);
  };
  // An answer, a refusal in words, or UNAVAILABLE for what is our failure.
  const unary =
    <Request, Response>(
      name: ClientCall,
      answer: (request: Request, caller: Caller) => Promise<Response>,
    ): handleUnaryCall<Request, Response> =>
    (call, callback) => {
      authorize(name, call, users)
        .then((caller) => answer(call.request, caller))
        .then(
          (response) => {
            callback(null, response);
          },
          (error: unknown) => {
            callback(refuse(error, call));
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
        if (!call.cancelled) call.emit("error", refuse(error, call));
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

/** Who is refused for who he is; undefined for whatever else went wrong. */
function callRefused(
  error: unknown,
  call: AuthenticatedCall & { getPath(): string },
): FleetEvent | undefined {
  if (!(error instanceof RequestRefused)) return undefined;
  if (error.reason !== "Forbidden" && error.reason !== "Revoked") return undefined;
  const name = peerOf(call)?.name;
  const about = `call/${call.getPath().split("/").at(-1) ?? ""}`;
  const by = name === undefined ? "" : `user/${name}`;
  return event("CallRefused", { by, about, message: error.message });
}

export function failureOf(error: unknown, method: string, log: Logger) {
  if (error instanceof RequestRefused) {
    if (error.reason === "Forbidden" || error.reason === "Revoked")
      log.warn({ method, reason: error.message }, "call refused");
    return { code: codes[error.reason], details: error.message };
  }
  log.error({ err: error, method }, "call failed");
  return {
    code: status.UNAVAILABLE,
    details: "the controller cannot do this now, see its log; try again",
  };
}
