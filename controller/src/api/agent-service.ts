import { type ServerDuplexStream, status } from "@grpc/grpc-js";
import type { AgentMessage__Output, AgentServiceHandlers, ControllerMessage } from "@seawall/proto";
import type { Logger } from "pino";
import type { AgentSessions } from "./agent-sessions.ts";
import { peerOf } from "./authenticate.ts";
import { type RenewOptions, renew } from "./renew.ts";

export interface AgentServiceOptions {
  readonly sessions: AgentSessions;
  readonly renewal: RenewOptions;
  readonly heartbeatSeconds: number;
  readonly now: () => Date;
  readonly log: Logger;
}

/** What hosts may call. Who calls was judged by `authenticate` before anything here runs. */
export function createAgentService(options: AgentServiceOptions): AgentServiceHandlers {
  return {
    Connect: (call) => {
      connect(call, options);
    },
    Renew: (call, callback) => {
      const peer = peerOf(call);
      if (peer === undefined) {
        callback({ code: status.UNAUTHENTICATED, details: "no certificate" });
        return;
      }
      renew(peer, call.request, options.renewal, options.now()).then(
        (renewal) => {
          if (renewal.ok) callback(null, renewal.response);
          else callback({ code: renewal.code, details: renewal.details });
        },
        (error: unknown) => {
          options.log.error({ err: error, host: peer.name }, "renewal failed");
          callback({
            code: status.UNAVAILABLE,
            details: "the controller cannot renew now; try again",
          });
        },
      );
    },
  };
}

function connect(
  call: ServerDuplexStream<AgentMessage__Output, ControllerMessage>,
  options: AgentServiceOptions,
): void {
  const peer = peerOf(call);
  if (peer?.kind !== "host") {
    call.emit("error", { code: status.UNAUTHENTICATED, details: "no host certificate" });
    return;
  }
  const log = options.log.child({ host: peer.name });
  const session = options.sessions.open(peer.name, {
    send: (message) => {
      call.write(message);
    },
    end: (code, message) => {
      log.info({ code, reason: message }, "ending the agent's stream");
      call.emit("error", { code: status[code], details: message });
    },
  });
  call.write({ welcome: { heartbeatSeconds: options.heartbeatSeconds } });
  call.on("data", (message: AgentMessage__Output) => {
    if (message.hello) {
      const { agentVersion, bootId, instanceId } = message.hello;
      const [version, boot, instance] = [agentVersion, bootId, instanceId].map(logged);
      log.info({ agentVersion: version, bootId: boot, instanceId: instance }, "agent connected");
    }
    session.receive(message);
  });
  call.on("end", () => {
    call.end();
  });
  // A broken stream says so by ending; the agent comes back by itself.
  call.on("error", () => undefined);
  call.on("close", () => {
    session.closed();
  });
  call.on("cancelled", () => {
    session.closed();
  });
}

/** The host's word, as much of it as belongs into a log. */
function logged(text: string): string {
  return text.slice(0, 64);
}
