import type { experimental } from "@grpc/grpc-js";
import type { KeyAndCertificate } from "../identity/authority.ts";

type CertificateProvider = experimental.CertificateProvider;
type IdentityListener = Parameters<CertificateProvider["addIdentityCertificateListener"]>[0];
type CaListener = Parameters<CertificateProvider["addCaCertificateListener"]>[0];

/**
 * What a listener presents and which CA it asks clients for, replaceable while it
 * listens. grpc-js loses what it is told before its `add…Listener` returns, hence the ticks.
 */
export class PresentedCertificate implements CertificateProvider {
  readonly #listeners = new Set<IdentityListener>();
  readonly #clientCa: Buffer | undefined;
  #certificate: KeyAndCertificate;

  constructor(certificate: KeyAndCertificate, clientCaPem?: string) {
    this.#certificate = certificate;
    this.#clientCa = clientCaPem === undefined ? undefined : Buffer.from(clientCaPem);
  }

  present(certificate: KeyAndCertificate): void {
    this.#certificate = certificate;
    for (const listener of this.#listeners) this.#tell(listener);
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.#listeners.add(listener);
    process.nextTick(() => {
      this.#tell(listener);
    });
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.#listeners.delete(listener);
  }

  addCaCertificateListener(listener: CaListener): void {
    process.nextTick(
      listener,
      this.#clientCa === undefined ? null : { caCertificate: this.#clientCa },
    );
  }

  /** The CA never changes while listening, so nobody is remembered. */
  removeCaCertificateListener(): void {}

  #tell(listener: IdentityListener): void {
    listener({
      certificate: Buffer.from(this.#certificate.chainPem),
      privateKey: Buffer.from(this.#certificate.privateKeyPem),
    });
  }
}
