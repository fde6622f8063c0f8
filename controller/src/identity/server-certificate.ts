import type { KeyAndCertificate } from "./authority.ts";

export interface ServerCertificateOptions {
  readonly issue: (now: Date) => Promise<KeyAndCertificate>;
  readonly now: () => Date;
}

/** What the listeners present, replaced at half its life. */
export class ServerCertificate {
  readonly #options: ServerCertificateOptions;
  #current: KeyAndCertificate;
  #dueMs: number;

  private constructor(options: ServerCertificateOptions, first: KeyAndCertificate, now: Date) {
    this.#options = options;
    this.#current = first;
    this.#dueMs = halfLife(first, now);
  }

  static async issue(options: ServerCertificateOptions): Promise<ServerCertificate> {
    const now = options.now();
    return new ServerCertificate(options, await options.issue(now), now);
  }

  get current(): KeyAndCertificate {
    return this.#current;
  }

  /**
   * Issues and presents a new one when half of the life of this one is over. When
   * `present` fails it stays due. Returns whether it was due.
   */
  async renewIfDue(present: (renewed: KeyAndCertificate) => Promise<void>): Promise<boolean> {
    const now = this.#options.now();
    if (now.getTime() < this.#dueMs) return false;
    const renewed = await this.#options.issue(now);
    await present(renewed);
    this.#current = renewed;
    this.#dueMs = halfLife(renewed, now);
    return true;
  }
}

function halfLife({ notAfter }: KeyAndCertificate, now: Date): number {
  return (now.getTime() + notAfter.getTime()) / 2;
}
