import {
  experimental,
  Server,
  type ServerCredentials,
  type ServerInterceptor,
  type ServerOptions,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { KeyAndCertificate } from "../identity/authority.ts";
import { PresentedCertificate } from "./presented-certificate.ts";

export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly handlers: UntypedServiceImplementation;
}

/** A bound TLS listener. */
export interface Listener {
  readonly port: number;
  /** New connections get the new certificate; open ones keep going. */
  presentCertificate(certificate: KeyAndCertificate): void;
  /** Lets running calls end, then closes; what still runs after `graceMs` is cut. */
  close(graceMs: number): Promise<void>;
}

export interface ListenOptions {
  /** host:port; port 0 = any. */
  readonly address: string;
  readonly certificate: KeyAndCertificate;
}

/** The address is taken or not ours; the message names it. */
export class CannotListen extends Error {
  override name = "CannotListen";
}

const KIB = 1_024;
const SECOND = 1_000;

/**
 * Agents and people. Whoever has no client certificate of our CA fails in the
 * handshake; whom the certificate names is judged per call by `authenticate`.
 */
export async function listenForPeers(
  options: ListenOptions & {
    readonly clientCaPem: string;
    readonly authenticate: ServerInterceptor;
    readonly services: readonly GrpcService[];
  },
): Promise<Listener> {
  const certificate = new PresentedCertificate(options.certificate, options.clientCaPem);
  const credentials = experimental.createCertificateProviderServerCredentials(
    certificate,
    certificate,
    true,
  );
  const server = new Server({
    interceptors: [options.authenticate],
    "grpc.keepalive_time_ms": 30 * SECOND,
    "grpc.keepalive_timeout_ms": 10 * SECOND,
    // A connection outlives the certificate it was opened with, but not for long.
    "grpc.max_connection_age_ms": 24 * 3_600 * SECOND,
    "grpc.max_connection_age_grace_ms": 10 * SECOND,
    // A fleet's manifests in one call; a single file is limited to 1 MiB elsewhere.
    "grpc.max_receive_message_length": 16 * KIB * KIB,
    "grpc.max_concurrent_streams": 64,
  });
  return await listen(server, options.address, credentials, certificate, options.services);
}

/** Hosts that have no certificate yet. Everything is small and short here: anybody may connect. */
export async function listenForJoins(
  options: ListenOptions & { readonly service: GrpcService },
): Promise<Listener> {
  const certificate = new PresentedCertificate(options.certificate);
  const credentials = experimental.createCertificateProviderServerCredentials(
    certificate,
    null,
    false,
  );
  const limits: ServerOptions = {
    "grpc.max_connection_age_ms": 30 * SECOND,
    "grpc.max_connection_age_grace_ms": 5 * SECOND,
    "grpc.max_connection_idle_ms": 10 * SECOND,
    "grpc.max_concurrent_streams": 2,
    "grpc.max_receive_message_length": 16 * KIB,
    "grpc-node.max_session_memory": 1,
  };
  return await listen(new Server(limits), options.address, credentials, certificate, [
    options.service,
  ]);
}

async function listen(
  server: Server,
  address: string,
  credentials: ServerCredentials,
  certificate: PresentedCertificate,
  services: readonly GrpcService[],
): Promise<Listener> {
  for (const { definition, handlers } of services) {
    server.addService(definition, handlers);
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(new CannotListen(`cannot listen on ${address}: ${reasonOf(error)}`));
    });
  });
  return {
    port,
    presentCertificate: (renewed) => {
      certificate.present(renewed);
    },
    close: (graceMs) => close(server, graceMs),
  };
}

function reasonOf({ message }: Error): string {
  return message.includes("EADDRINUSE")
    ? "the port is in use; stop what listens there, or choose another port"
    : message;
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.forceShutdown();
    }, graceMs);
    // The callback's error says only that the server was not running.
    server.tryShutdown(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
