import { type ServerDuplexStream, status } from "@grpc/grpc-js";
import type { AgentMessage__Output, AgentServiceHandlers, ControllerMessage } from "@seawall/proto";
import type { Logger } from "pino";
import { quarantineRefusal } from "../core/duplicate-identity.ts";
import { hostRefused } from "../core/fleet-event.ts";
import type { IdentityWatch } from "../identity-watch.ts";
import type { AgentSession, AgentSessions, AgentStream } from "./agent-sessions.ts";
import { peerOf } from "./authenticate.ts";
import type { TellRefusal } from "./refusals.ts";
import { type RenewOptions, renew } from "./renew.ts";
import { sourceAddress } from "./source-address.ts";

export interface AgentServiceOptions {
  readonly sessions: Pick<AgentSessions, "nameless" | "open">;
  readonly identities: Pick<IdentityWatch, "isQuarantined" | "seen">;
  readonly renewal: RenewOptions;
  readonly heartbeatSeconds: number;
  readonly refused: TellRefusal;
  readonly now: () => Date;
  readonly log: Logger;
}

const HELLO_WITHIN_MS = 10_000;

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
          if (renewal.ok) {
            callback(null, renewal.response);
            return;
          }
          const { code, details } = renewal;
          callback({ code, details });
          options.log.warn({ host: peer.name, reason: details }, "renewal refused");
          refuse(peer.name, `renewal: ${details}`, options);
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
  const { sessions, identities, heartbeatSeconds } = options;
  const log = options.log.child({ host: peer.name });
  let hasEnded = false;
  const end: AgentStream["end"] = (code, message) => {
    hasEnded = true;
    log.info({ code, reason: message }, "ending the agent's stream");
    call.emit("error", { code: status[code], details: message });
  };
  const send: AgentStream["send"] = (answer) => {
    call.write(answer);
  };
  let session: AgentSession | undefined;
  const forget = sessions.nameless(peer.name, { send, end });
  const unnamed = setTimeout(() => {
    end("ABORTED", "the stream has not said which agent it is");
  }, HELLO_WITHIN_MS);
  const named = () => {
    clearTimeout(unnamed);
    forget();
  };
  call.on("data", (message: AgentMessage__Output) => {
    if (session !== undefined) {
      session.receive(message);
      return;
    }
    // Who does not say which agent it is takes nobody's place.
    if (!message.hello || hasEnded) return;
    named();
    if (identities.isQuarantined(peer.name)) {
      const message = quarantineRefusal(peer.name);
      end("PERMISSION_DENIED", message);
      refuse(peer.name, message, options);
      return;
    }
    const { agentVersion, bootId, instanceId } = message.hello;
    const [version, boot, instance = ""] = [agentVersion, bootId, instanceId].map(logged);
    const address = sourceAddress(call.getPeer());
    log.info(
      { agentVersion: version, bootId: boot, instanceId: instance, address },
      "agent connected",
    );
    send({ welcome: { heartbeatSeconds } });
    session = sessions.open(peer.name, { send, end });
    identities.seen(peer.name, { instance, address, at: options.now().toISOString() });
  });
  const closed = () => {
    named();
    session?.closed();
  };
  call.on("end", () => {
    call.end();
  });
  // A broken stream says so by ending; the agent comes back by itself.
  call.on("error", () => undefined);
  call.on("close", closed);
  call.on("cancelled", closed);
}

function refuse(host: string, message: string, { refused }: AgentServiceOptions): void {
  const told = hostRefused(host, message);
  refused(told, told.by);
}

/** The host's word, as much of it as belongs into a log. */
function logged(text: string): string {
  return text.slice(0, 64);
}
