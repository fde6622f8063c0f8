import { encodeBundle } from "@seawall/policy";
import { agentProto, clientProto, joinProto, seal } from "@seawall/proto";
import type { Logger } from "pino";
import { createAgentService } from "./api/agent-service.ts";
import type { AgentSessions } from "./api/agent-sessions.ts";
import { authenticate } from "./api/authenticate.ts";
import { createClientService } from "./api/client-service.ts";
import { type Listener, listenForJoins, listenForPeers } from "./api/grpc-server.ts";
import { createJoinService } from "./api/join-service.ts";
import { limitedRequests } from "./api/limited-requests.ts";
import type { Refusals, TellRefusal } from "./api/refusals.ts";
import type { Bus } from "./bus.ts";
import { tokenCreated } from "./core/fleet-event.ts";
import { STALE_AFTER_MS } from "./core/host-status.ts";
import type { EventRecorder } from "./event-recorder.ts";
import type { KeyAndCertificate } from "./identity/authority.ts";
import type { EnrolledHosts } from "./identity/enrol.ts";
import { reportSigner } from "./identity/sign-report.ts";
import type { IdentityWatch } from "./identity-watch.ts";
import { addressOf } from "./init.ts";
import { mintAgentUser } from "./nats/user-credentials.ts";
import type { OpenedState } from "./opened-state.ts";
import type { EventLog } from "./store/event-log.ts";
import type { Store } from "./store/open-store.ts";
import type { StoreFleet } from "./store-fleet.ts";
import { storedEnrolments } from "./stored-enrolments.ts";
import { version } from "./version.ts";

export interface ListenerParts {
  readonly state: OpenedState;
  readonly bus: Bus;
  readonly store: Store;
  readonly fleet: StoreFleet;
  readonly sessions: AgentSessions;
  readonly identities: IdentityWatch;
  readonly certificate: KeyAndCertificate;
  readonly events: EventLog;
  readonly recorder: EventRecorder;
  readonly refusals: Refusals;
  readonly log: Logger;
}

/** Some 25 000 counters. */
const MOST_OF_AN_AGENT_BYTES = 2 << 20;

/** How long a host may take to list and judge its connections. */
const PREVIEW_MS = 10_000;

const HEARTBEAT_SECONDS = STALE_AFTER_MS / 3_000;

/** Both listeners, or none. */
export async function startListeners(parts: ListenerParts): Promise<readonly Listener[]> {
  const enrolments = storedEnrolments(parts.store.hosts, (name, sequence) =>
    parts.fleet.untilSeen(name, sequence),
  );
  const peers = await listenToPeers(parts, enrolments);
  try {
    return [peers, await listenToJoins(parts, enrolments)];
  } catch (error) {
    await peers.close(0);
    throw error;
  }
}

function listenToPeers(parts: ListenerParts, enrolments: EnrolledHosts): Promise<Listener> {
  const { state, bus, store, fleet, sessions, identities, certificate, events, recorder, log } =
    parts;
  const { config } = state;
  const { authority, signingKey } = state.identity;
  const now = () => new Date();
  const refused = tellRefusal(parts);
  const keyFingerprintOf = async (host: string) => (await enrolments.get(host))?.keyFingerprint;
  return listenForPeers({
    address: addressOf(config.listenAddress, config.grpcPort),
    certificate,
    clientCaPem: authority.certificatePem,
    authenticate: authenticate({ keyFingerprintOf, refused }, log),
    services: [
      {
        definition: clientProto().seawall.v1.ClientService.service,
        handlers: createClientService({
          fleet,
          users: {
            find: (name) => store.users.find(name),
            list: () => store.users.list(),
            create: (user) => store.users.create(user),
            delete: (name) => store.users.delete(name, Date.now()),
            issueCertificate: (name, key) => authority.issueUserKey(name, key, now()),
            now,
          },
          history: {
            revisions: store.revisions,
            epoch: store.epoch,
            signingKey: signingKey.publicKeySpki,
          },
          events: {
            since: (ms) => events.since(ms),
            read: (from) => events.read(from),
            onAppend: (listener) => events.onAppend(listener),
            lost: () => recorder.lost,
          },
          record: (event) => recorder.record(event),
          refused,
          tokens: {
            caFingerprint: authority.fingerprint,
            joinAddress: addressOf(config.advertise[0] ?? "", config.joinPort),
            now,
            store: async (record) => {
              if (!(await store.tokens.create(record))) throw new Error("the token's id is taken");
              await recorder.record(tokenCreated(record));
            },
            list: () => store.tokens.list(),
            delete: (id) => store.tokens.delete(id, Date.now()),
          },
          controller: { ports: portsForHosts(state) },
          observe: (host) => sessions.observe(host, 5_000),
          reports: { sign: reportSigner(authority, signingKey), now, epoch: store.epoch },
          askPreview: (host, bundle, announceable) => {
            const envelope = seal("preview", encodeBundle(bundle), signingKey);
            return sessions.preview(host, { envelope, announceable }, PREVIEW_MS);
          },
          announcePreview: (host, preview, before) =>
            sessions.announce(host, { preview, before }, PREVIEW_MS),
          askFlows: (host, asked, asker) => sessions.flows(host, asked, asker),
          versions: () => ({ version, natsServer: bus.serverVersion, node: process.versions.node }),
          log,
        }),
      },
      {
        definition: limitedRequests(
          agentProto().seawall.v1.AgentService.service,
          MOST_OF_AN_AGENT_BYTES,
        ),
        handlers: createAgentService({
          sessions,
          identities,
          renewal: { authority, hosts: enrolments, ...natsForHosts(state) },
          heartbeatSeconds: HEARTBEAT_SECONDS,
          refused,
          now,
          log,
        }),
      },
    ],
  });
}

function listenToJoins(parts: ListenerParts, enrolments: EnrolledHosts): Promise<Listener> {
  const { state, store, certificate, log } = parts;
  const { config } = state;
  const { authority, signingKey } = state.identity;
  return listenForJoins({
    address: addressOf(config.listenAddress, config.joinPort),
    certificate,
    service: {
      definition: joinProto().seawall.v1.JoinService.service,
      handlers: createJoinService({
        authority,
        signingKeys: [signingKey],
        tokens: store.tokens,
        hosts: enrolments,
        ...natsForHosts(state),
        controllerAddress: addressOf(config.advertise[0] ?? "", config.grpcPort),
        now: () => new Date(),
        monotonicNow: () => performance.now(),
        record: (event) => parts.recorder.record(event),
        refused: tellRefusal(parts),
        log,
      }),
    },
  });
}

function tellRefusal({ refusals }: ListenerParts): TellRefusal {
  return (refusal, by) => {
    refusals.refused(refusal, by);
  };
}

/** The join port is used once by each host. A nats-server of somebody else is not ours to look for. */
function portsForHosts({ config }: OpenedState): readonly number[] {
  return [config.grpcPort, ...(config.natsUrl === undefined ? [config.natsPort] : [])];
}

function natsForHosts({ config, keys }: OpenedState) {
  return {
    natsUrl: config.natsUrl ?? addressOf(config.advertise[0] ?? "", config.natsPort),
    mintAgentUser: (host: string, publicKey: string) =>
      mintAgentUser(keys, { host, publicKey, nowMs: Date.now() }),
  };
}
