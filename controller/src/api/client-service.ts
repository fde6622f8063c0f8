import { once } from "node:events";
import type { ServerWritableStream } from "@grpc/grpc-js";
import type { ControllerPath } from "@seawall/policy";
import type {
  ClientServiceHandlers,
  FleetFlowsRequest__Output,
  FleetFlowsResponse,
  GetRequest__Output,
  GetResponse,
} from "@seawall/proto";
import type { Logger } from "pino";
import { tokenRevoked, userCreated, userRevoked } from "../core/fleet-event.ts";
import type { Fleet } from "../fleet.ts";
import { usesLeft } from "../identity/join-token.ts";
import type { AnnouncePreview } from "./announce.ts";
import type { ObserveHost } from "./ask-hosts.ts";
import { authorizedCalls, failureOf, type RecordEvent } from "./authorized-calls.ts";
import { errorIn } from "./change-messages.ts";
import { compliance, type ReportSigning } from "./compliance.ts";
import { createToken, type TokenIssuer } from "./create-token.ts";
import { diff } from "./diff.ts";
import { type EventSource, events } from "./events.ts";
import { exposure } from "./exposure.ts";
import { type AskFlows, tellFlows } from "./flows.ts";
import { get } from "./get.ts";
import { type HistorySource, history } from "./history.ts";
import { deleteHost, labelHost, setHost } from "./host-writes.ts";
import { type AskPreview, preview } from "./preview.ts";
import type { TellRefusal } from "./refusals.ts";
import { changeNewestRollout, rollout, undo } from "./rollout.ts";
import { listTokens, revokeToken, type TokenDirectory } from "./tokens.ts";
import { trace } from "./trace.ts";
import { createUser, listUsers, revokeUser, type UserDirectory, whoAmI } from "./users.ts";
import { apply, remove } from "./write.ts";

export interface ClientServiceOptions {
  readonly fleet: Fleet;
  readonly users: UserDirectory;
  readonly history: HistorySource;
  readonly events: EventSource;
  readonly record: RecordEvent;
  readonly refused: TellRefusal;
  readonly tokens: TokenIssuer & TokenDirectory;
  readonly observe: ObserveHost;
  readonly askFlows: AskFlows;
  readonly askPreview: AskPreview;
  readonly announcePreview: AnnouncePreview;
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

/** What people and tools may ask. Translates; decides nothing. */
export function createClientService(options: ClientServiceOptions): ClientServiceHandlers {
  const { fleet, log, record, refused, users } = options;
  const { unary, streaming } = authorizedCalls(users, refused, log);
  return {
    Apply: unary(
      "Apply",
      (request, caller) => apply(request, caller, fleet, options.controller),
      errorIn,
    ),
    Delete: unary("Delete", (request, caller) => remove(request, caller, fleet), errorIn),
    Preview: streaming("Preview", (call, caller) => {
      stream(call, (over) => preview(call.request, caller, options, over), log);
    }),
    Get: unary("Get", (request) => get(request, fleet)),
    Diff: unary("Diff", (request) => diff(request, fleet)),
    History: streaming("History", (call) => {
      stream(call, () => history(call.request, options.history), log);
    }),
    Rollout: unary("Rollout", () => rollout(fleet)),
    ChangeRollout: unary("ChangeRollout", (request, caller) =>
      changeNewestRollout(request, caller, fleet),
    ),
    Undo: unary("Undo", (request, caller) => undo(request, caller, fleet), errorIn),
    Watch: streaming("Watch", (call) => {
      watch(call, fleet, log);
    }),
    LabelHost: unary("LabelHost", (request, caller) => labelHost(request, caller, fleet)),
    SetHost: unary("SetHost", (request, caller) => setHost(request, caller, fleet)),
    DeleteHost: unary("DeleteHost", (request, caller) => deleteHost(request, caller, fleet)),
    Compliance: unary("Compliance", (request, caller) =>
      compliance(request, caller, fleet, options.observe, options.reports),
    ),
    Trace: unary("Trace", (request) => trace(request, fleet, options.observe)),
    Flows: streaming("Flows", (call) => {
      flows(call, options);
    }),
    Exposure: unary("Exposure", (request) => exposure(request, fleet, options.observe)),
    Events: streaming("Events", (call) => {
      stream(call, (over) => events(call.request, options.events, over), log);
    }),
    CreateToken: unary("CreateToken", (request, caller) =>
      createToken(request, caller, fleet, options.tokens),
    ),
    ListTokens: unary("ListTokens", () => listTokens(options.tokens)),
    RevokeToken: unary("RevokeToken", async (request, { name }) => {
      const token = await revokeToken(request, options.tokens);
      const revoked = { ...token, usesLeft: usesLeft(token) };
      await record(tokenRevoked(name, revoked, options.tokens.now()));
      return {};
    }),
    CreateUser: unary("CreateUser", async (request, caller) => {
      const created = await createUser(request, caller, users);
      await record(userCreated(caller.name, request));
      return created;
    }),
    RevokeUser: unary("RevokeUser", (request, caller) =>
      revokeUser(request, users, (user) => record(userRevoked(caller.name, user))),
    ),
    ListUsers: unary("ListUsers", () => listUsers(users)),
    WhoAmI: unary("WhoAmI", (_request, caller) => Promise.resolve(whoAmI(caller))),
    Version: unary("Version", () => Promise.resolve(options.versions())),
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

/** One answer after the other, as fast as the reader takes them. */
function stream<Request, Response>(
  call: ServerWritableStream<Request, Response>,
  start: (over: AbortSignal) => AsyncIterable<Response>,
  log: Logger,
): void {
  const over = new AbortController();
  const end = () => {
    over.abort();
  };
  call.on("cancelled", end).on("error", end);
  const send = async () => {
    for await (const answer of start(over.signal)) {
      if (over.signal.aborted) return;
      if (!call.write(answer)) await once(call, "drain", { signal: over.signal });
    }
    if (!over.signal.aborted) call.end();
  };
  send().catch((error: unknown) => {
    if (!over.signal.aborted) call.emit("error", failureOf(error, call.getPath(), log));
  });
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
