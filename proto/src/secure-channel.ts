import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import { type ChannelCredentials, type ChannelOptions, credentials } from "@grpc/grpc-js";

export interface ChannelTls {
  /** The only authority whose server certificates are believed. */
  readonly caPem: string;
  /** Who we are; absent only where we have no certificate yet. */
  readonly client?: { readonly privateKeyPem: string; readonly chainPem: string };
}

export interface SecureChannel {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
}

/** How every client of Seawall reaches `host:port`: TLS, one trusted CA, and no detours through proxies or DNS service configs. */
export function secureChannel(address: string, { caPem, client }: ChannelTls): SecureChannel {
  const host = hostOf(address);
  return {
    credentials: credentials.createSsl(
      Buffer.from(caPem),
      client === undefined ? null : Buffer.from(client.privateKeyPem),
      client === undefined ? null : Buffer.from(client.chainPem),
      { checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate) },
    ),
    options: {
      // TLS has no server names that are addresses; Node warns about them on stderr. What
      // the certificate must name is checked above and does not depend on this.
      ...(isIP(host) === 0
        ? {}
        : { "grpc.ssl_target_name_override": "controller.seawall.internal" }),
      // A new client makes a new connection, with the certificate it was given.
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_http_proxy": 0,
      "grpc.service_config_disable_resolution": 1,
      "grpc.keepalive_time_ms": 20_000,
      "grpc.keepalive_timeout_ms": 10_000,
    },
  };
}

/** The host in `host:port`, IPv6 addresses without their brackets. */
export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":")).replace(/^\[(.*)\]$/, "$1");
}
