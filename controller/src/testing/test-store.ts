import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSigningKeyPem, loadSigningKey, type SigningKey } from "../identity/signing-key.ts";
import { StateDirectory } from "../identity/state-directory.ts";
import type { NatsConnection } from "../nats/connect.ts";
import { openStore, type Store, type StoreOpened, type StoreOptions } from "../store/open-store.ts";

type OpenOptions = Pick<StoreOptions, "newEpoch" | "keptRevisions">;

/** A controller's own part: its signing key and state directory. */
export interface TestController {
  readonly signingKey: SigningKey;
  readonly stateDirectory: StateDirectory;
  open(nats: NatsConnection, options?: OpenOptions): Promise<StoreOpened>;
  /** Opens it, which must go well. */
  store(nats: NatsConnection, options?: OpenOptions): Promise<Store>;
  /** Another controller of the same fleet, with a state directory that knows nothing yet; removed with this one. */
  another(): Promise<TestController>;
  remove(): Promise<void>;
}

export async function testController(
  signingKey = loadSigningKey(createSigningKeyPem()),
): Promise<TestController> {
  const path = await mkdtemp(join(tmpdir(), "seawall-state-"));
  const stateDirectory = new StateDirectory(path);
  const others: TestController[] = [];
  const trusted = new Map([[signingKey.keyId, signingKey.publicKey]]);
  const open: TestController["open"] = (nats, options) =>
    openStore({ nats, signingKey, trusted, stateDirectory, replicas: 1, ...options });
  return {
    signingKey,
    stateDirectory,
    open,
    store: async (nats, options) => {
      const opened = await open(nats, options);
      if (opened.kind === "refused") throw new Error(opened.message);
      return opened.store;
    },
    another: async () => {
      const other = await testController(signingKey);
      others.push(other);
      return other;
    },
    remove: async () => {
      await Promise.all(others.map((other) => other.remove()));
      await rm(path, { recursive: true, force: true });
    },
  };
}
