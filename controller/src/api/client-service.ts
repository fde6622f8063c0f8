import { type handleUnaryCall, type ServerWritableStream, status } from "@grpc/grpc-js";
import type { ControllerPath } from "@seawall/policy";
import type {
  ClientServiceHandlers,
  FleetFlowsRequest__Output,
  FleetFlowsResponse,
  GetRequest__Output,
  GetResponse,
} from "@seawall/proto";
import type { Logger } from "pino";
import type { Fleet } from "../fleet.ts";
import type { ObserveHost } from "./ask-hosts.ts";
import { type AuthenticatedCall, peerOf } from "./authenticate.ts";
import { compliance, type ReportSigning } from "./compliance.ts";
import { createToken, type TokenIssuer } from "./create-token.ts";
import { exposure } from "./exposure.ts";
import { type AskFlows, tellFlows } from "./flows.ts";
import { get } from "./get.ts";
import { deleteHost, labelHost, setHost } from "./host-writes.ts";
import { RequestRefused } from "./request-refused.ts";
import { trace } from "./trace.ts";
import { apply, remove } from "./write.ts";

export interface ClientServiceOptions {
  readonly fleet: Fleet;
  readonly tokens: TokenIssuer;
  readonly observe: ObserveHost;
  readonly askFlows: AskFlows;
  readonly reports: ReportSigning;
  /** Where hosts reach this controller, so that a change that would cut them off is warned of. */
  readonly controller: ControllerPath;
  readonly versions: () => {
    readonly version: string;
    readonly natsServer: string;
    readonly node: string;
  };
  readonly log: Logger;
}

const codes = {
  InvalidRequest: status.INVALID_ARGUMENT,
  NotFound: status.NOT_FOUND,
  StaleRevision: status.ABORTED,
  Conflict: status.FAILED_PRECONDITION,
} as const satisfies Record<RequestRefused["reason"], status>;

/** What people and tools may ask. Translates; decides nothing. */
export function createClientService(options: ClientServiceOptions): ClientServiceHandlers {
  const { fleet, log } = options;
  // An answer, a refusal in words, or UNAVAILABLE for what is our failure.
  const unary =
    <Request, Response>(
      answer: (request: Request, user: string) => Promise<Response>,
    ): handleUnaryCall<Request, Response> =>
    (call, callback) => {
      answer(call.request, userOf(call)).then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(failureOf(error, call.getPath(), log));
        },
      );
    };
  return {
    Apply: unary((request, user) => apply(request, user, fleet, options.controller)),
    Delete: unary((request, user) => remove(request, user, fleet)),
    Get: unary((request) => get(request, fleet)),
    Watch: (call) => {
      watch(call, fleet, log);
    },
    LabelHost: unary((request) => labelHost(request, fleet)),
    SetHost: unary((request) => setHost(request, fleet)),
    DeleteHost: unary((request) => deleteHost(request, fleet)),
    Compliance: unary((request) => compliance(request, fleet, options.observe, options.reports)),
    Trace: unary((request) => trace(request, fleet, options.observe)),
    Flows: (call) => {
      flows(call, options);
    },
    Exposure: unary((request) => exposure(request, fleet, options.observe)),
    CreateToken: unary((request) => createToken(request, options.tokens)),
    Version: unary(() => Promise.resolve(options.versions())),
  };
}

function userOf(call: AuthenticatedCall): string {
  return peerOf(call)?.name ?? "";
}

function failureOf(error: unknown, method: string, log: Logger) {
  if (error instanceof RequestRefused) {
    return { code: codes[error.reason], details: error.message };
  }
  log.error({ err: error, method }, "call failed");
  return {
    code: status.UNAVAILABLE,
    details: "the controller cannot do this now, see its log; try again",
  };
}

const WATCH_MIN_INTERVAL_MS = 200;

/** The whole answer again after each change, never more often than five times a second. */
function watch(
  call: ServerWritableStream<GetRequest__Output, GetResponse>,
  fleet: Fleet,
  log: Logger,
): void {
  let timer: NodeJS.Timeout | undefined;
  let last = "";
  const send = async () => {
    // A reader that is too slow gets the newest answer when it has taken the last one.
    if (call.writableNeedDrain) return;
    const answer = await get(call.request, fleet);
    const text = JSON.stringify(answer);
    if (text !== last) call.write(answer);
    last = text;
  };
  const schedule = (ms: number) => {
    timer ??= setTimeout(() => {
      send().then(
        () => {
          timer = undefined;
        },
        (error: unknown) => {
          call.emit("error", failureOf(error, call.getPath(), log));
        },
      );
    }, ms);
  };
  const stop = fleet.onChange(() => {
    schedule(WATCH_MIN_INTERVAL_MS);
  });
  // Reports grow old without any event.
  const tick = setInterval(() => {
    schedule(0);
  }, 1_000);
  call.on("close", end).on("cancelled", end).on("error", end);
  function end() {
    stop();
    clearInterval(tick);
    clearTimeout(timer);
  }
  schedule(0);
}

/** Until it has nothing more to tell, or the reader has gone. */
function flows(
  call: ServerWritableStream<FleetFlowsRequest__Output, FleetFlowsResponse>,
  { fleet, askFlows, log }: ClientServiceOptions,
): void {
  const reader = {
    isReady: () => !call.writableNeedDrain,
    send: (response: FleetFlowsResponse) => {
      call.write(response);
    },
    end: () => {
      call.end();
    },
  };
  try {
    const stop = tellFlows(call.request, reader, fleet, askFlows);
    call.on("close", stop).on("cancelled", stop).on("error", stop);
  } catch (error) {
    call.emit("error", failureOf(error, call.getPath(), log));
  }
}
