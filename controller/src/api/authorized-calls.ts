import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";
import type { Logger } from "pino";
import { authorize, type Caller, type Users } from "./authorize.ts";
import { RequestRefused } from "./request-refused.ts";
import type { ClientCall } from "./required-roles.ts";

const codes = {
  InvalidRequest: status.INVALID_ARGUMENT,
  NotFound: status.NOT_FOUND,
  StaleRevision: status.ABORTED,
  Conflict: status.FAILED_PRECONDITION,
  Forbidden: status.PERMISSION_DENIED,
  Revoked: status.UNAUTHENTICATED,
} as const satisfies Record<RequestRefused["reason"], status>;

/** How soon a stream ends after its user is revoked. */
const LOOK_AGAIN_MS = 400;

/** Handlers that let in only whose role is enough, now and as long as the call lasts. */
export function authorizedCalls(users: Users, log: Logger) {
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
            callback(failureOf(error, call.getPath(), log));
          },
        );
    };
  const streaming =
    <Request, Response>(
      name: ClientCall,
      start: (call: ServerWritableStream<Request, Response>) => void,
    ): handleServerStreamingCall<Request, Response> =>
    (call) => {
      const fail = (error: unknown) => {
        if (!call.cancelled) call.emit("error", failureOf(error, call.getPath(), log));
      };
      let timer: NodeJS.Timeout | undefined;
      const end = () => {
        clearTimeout(timer);
        timer = undefined;
      };
      const lookAgain = () => {
        timer = setTimeout(() => {
          authorize(name, call, users).then(() => {
            if (timer !== undefined) lookAgain();
          }, fail);
        }, LOOK_AGAIN_MS);
      };
      authorize(name, call, users)
        .then(() => {
          if (call.cancelled) return;
          call.on("close", end).on("cancelled", end).on("error", end);
          lookAgain();
          start(call);
        })
        .catch(fail);
    };
  return { unary, streaming };
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
