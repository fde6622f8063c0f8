import { z } from "zod";
import type { StateDirectory, StateRead } from "../identity/state-directory.ts";

const FILE = "high-water.json";

const mark = z.strictObject({
  version: z.number().int().min(1),
  /** sha256 of the sealed bytes: two records of one version are not the same record. */
  digest: z.string(),
});

const highWaterFile = z.strictObject({
  format: z.literal(1),
  /** 0: this controller has not used a store yet. */
  epoch: z.number().int().min(0),
  storeId: z.string(),
  marks: z.record(z.string(), mark),
});

/** The newest record that was written or read at one place. */
export type Mark = Readonly<z.infer<typeof mark>>;

export interface StoreIdentity {
  readonly epoch: number;
  /** Random, made with the store. */
  readonly storeId: string;
}

/**
 * What this controller has seen of the store, so that an older record that is put
 * back, or a whole store that is, does not pass for the newest, not even when it
 * happens while the controller is down. Kept outside the store, in the state
 * directory. Should the newest marks be lost in a crash, a little less is noticed;
 * nothing is refused wrongly.
 */
export class HighWater {
  readonly #directory: StateDirectory;
  readonly #marks: Map<string, Mark>;
  #store: StoreIdentity;
  #changed = false;
  #saving: Promise<void> | undefined;

  private constructor(
    directory: StateDirectory,
    store: StoreIdentity,
    marks: ReadonlyMap<string, Mark>,
  ) {
    this.#directory = directory;
    this.#store = store;
    this.#marks = new Map(marks);
  }

  static async open(directory: StateDirectory): Promise<StateRead<HighWater>> {
    const read = await directory.read(FILE, highWaterFile);
    if (read.ok) {
      const { epoch, storeId, marks } = read.value;
      const known = new Map(Object.entries(marks));
      return { ok: true, value: new HighWater(directory, { epoch, storeId }, known) };
    }
    if (read.reason !== "Missing") return read;
    const nothing = new HighWater(directory, { epoch: 0, storeId: "" }, new Map());
    return { ok: true, value: nothing };
  }

  get store(): StoreIdentity {
    return this.#store;
  }

  /** From now on this is the store; what was seen of another one says nothing about it. */
  async enter(store: StoreIdentity): Promise<void> {
    this.#store = store;
    this.#marks.clear();
    this.#changed = true;
    await this.save();
  }

  mark(place: string): Mark | undefined {
    return this.#marks.get(place);
  }

  places(prefix: string): readonly string[] {
    return [...this.#marks.keys()].filter((place) => place.startsWith(prefix));
  }

  /** Never goes down: reads may end in another order than they began. */
  raise(place: string, to: Mark): void {
    const current = this.#marks.get(place);
    if (current !== undefined && current.version >= to.version) return;
    this.#marks.set(place, to);
    this.#changed = true;
  }

  /** The record was erased on purpose. */
  forget(place: string): void {
    this.#changed = this.#marks.delete(place) || this.#changed;
  }

  /** Returns when all that is known at this moment is on disk. Calls at the same time share one write. */
  async save(): Promise<void> {
    while (this.#changed) {
      if (this.#saving === undefined) {
        this.#saving = this.#write().finally(() => {
          this.#saving = undefined;
        });
      }
      await this.#saving;
    }
    await this.#saving;
  }

  async #write(): Promise<void> {
    this.#changed = false;
    try {
      await this.#directory.replace(FILE, {
        format: 1,
        ...this.#store,
        marks: Object.fromEntries(this.#marks),
      });
    } catch (error) {
      this.#changed = true;
      throw error;
    }
  }
}
