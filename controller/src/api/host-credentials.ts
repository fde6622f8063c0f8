import type { Authority } from "../identity/authority.ts";
import type { EnrolledHosts } from "../identity/enrol.ts";
import type { EnrolledHost } from "../identity/enrolled-host.ts";

/** A NATS user JWT for exactly this host's subjects. */
export type MintAgentUser = (host: string, publicKey: string) => Promise<string>;

export interface HostCredentials {
  readonly certificateDer: Buffer;
  readonly natsJwt: string;
}

export interface Issuers {
  readonly authority: Authority;
  readonly mintAgentUser: MintAgentUser;
  readonly hosts: Pick<EnrolledHosts, "get">;
}

/**
 * Both credentials of an enrolled host; undefined when it was deleted or quarantined meanwhile: a
 * deletion voids only what was minted before it. The caller has made sure that it is the host.
 */
export async function issueHostCredentials(
  host: Pick<EnrolledHost, "name" | "keyFingerprint" | "natsPublicKey"> & {
    readonly publicKeySpki: Buffer;
  },
  issuers: Issuers,
  now: Date,
): Promise<HostCredentials | undefined> {
  const [certificateDer, natsJwt] = await Promise.all([
    issuers.authority.issueHost(host.name, host.publicKeySpki, now),
    issuers.mintAgentUser(host.name, host.natsPublicKey),
  ]);
  const after = await issuers.hosts.get(host.name);
  const isStillEnrolled =
    after?.keyFingerprint === host.keyFingerprint &&
    after.natsPublicKey === host.natsPublicKey &&
    after.quarantine === undefined;
  return isStillEnrolled ? { certificateDer, natsJwt } : undefined;
}
