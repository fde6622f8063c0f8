import type { AgentIdentity, IdentityStore } from "./identity-store.ts";

/** The identity of a running agent: what is in force now, and whom to tell when it was renewed. */
export class LiveIdentity {
  readonly #store: Pick<IdentityStore, "write">;
  readonly #listeners = new Set<() => void>();
  #current: AgentIdentity;

  constructor(identity: AgentIdentity, store: Pick<IdentityStore, "write">) {
    this.#current = identity;
    this.#store = store;
  }

  get current(): AgentIdentity {
    return this.#current;
  }

  /** In force once it is on disk, so that a restart never goes back to an older one. */
  async replace(identity: AgentIdentity): Promise<void> {
    await this.#store.write(identity);
    this.#current = identity;
    for (const listener of this.#listeners) listener();
  }

  /** Returns what ends it. */
  onRenewed(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
