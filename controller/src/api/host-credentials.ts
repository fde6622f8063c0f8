import type { Authority } from "../identity/authority.ts";

/** A NATS user JWT for exactly this host's subjects. */
export type MintAgentUser = (host: string, publicKey: string) => Promise<string>;

export interface HostCredentials {
  readonly certificateDer: Buffer;
  readonly natsJwt: string;
}

/** Both credentials of an enrolled host. The caller has made sure that it is the host. */
export async function issueHostCredentials(
  host: { readonly name: string; readonly natsPublicKey: string; readonly publicKeySpki: Buffer },
  issuers: { readonly authority: Authority; readonly mintAgentUser: MintAgentUser },
  now: Date,
): Promise<HostCredentials> {
  const [certificateDer, natsJwt] = await Promise.all([
    issuers.authority.issueHost(host.name, host.publicKeySpki, now),
    issuers.mintAgentUser(host.name, host.natsPublicKey),
  ]);
  return { certificateDer, natsJwt };
}
