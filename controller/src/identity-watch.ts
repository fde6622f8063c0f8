import {
  type AgentSighting,
  afterSighting,
  type DuplicateIdentity,
  type IdentityTrail,
  noTrail,
} from "./core/duplicate-identity.ts";

export interface IdentityWatchOptions {
  readonly isQuarantined: (host: string) => boolean;
  readonly quarantine: (host: string, duplicate: DuplicateIdentity) => Promise<void>;
  /** It could not be quarantined. The two go on taking turns, so the next turn tries again. */
  readonly onError: (host: string, error: unknown) => void;
}

/**
 * Who opens the streams of each host, and the quarantine of those whose keys two agents have. It is remembered in
 * memory only: two that live have taken enough turns again within a minute of a start.
 */
export class IdentityWatch {
  readonly #options: IdentityWatchOptions;
  readonly #trails = new Map<string, IdentityTrail>();

  constructor(options: IdentityWatchOptions) {
    this.#options = options;
  }

  isQuarantined(host: string): boolean {
    return this.#options.isQuarantined(host);
  }

  /** An agent of the host has opened a stream. */
  seen(host: string, sighting: AgentSighting): void {
    const { trail, duplicate } = afterSighting(this.#trails.get(host) ?? noTrail, sighting);
    this.#trails.set(host, trail);
    if (duplicate === undefined) return;
    this.#options.quarantine(host, duplicate).then(
      () => {
        // Whoever ends it wants to see it only where they go on.
        this.#trails.delete(host);
      },
      (error: unknown) => {
        this.#options.onError(host, error);
      },
    );
  }
}
