import { pino } from "pino";
import { openBus } from "./bus.ts";
import { CannotStart, whileStarting } from "./cannot-start.ts";
import { openState, type StateOptions, serverNames } from "./opened-state.ts";
import { openStore } from "./store/open-store.ts";

/**
 * Declares the store a new one and erases what is in it. The identity stays, so hosts
 * believe this controller still, but each has to join again, and policies have to be
 * applied again: nothing that was sealed before is believed.
 * @returns the epoch that began.
 * @throws ConfigError; CannotStart, also while a controller runs on the state directory or the store.
 */
export async function newEpoch(options: StateOptions): Promise<number> {
  const { config, directory, identity, keys } = await openState(options);
  const { authority, signingKey } = identity;
  const bus = await whileStarting(
    openBus({
      config,
      keys,
      caPem: authority.certificatePem,
      certificate: await authority.issueServer(serverNames(config), new Date()),
      log: pino({ level: "silent" }),
    }),
  );
  try {
    const opened = await whileStarting(
      openStore({
        nats: bus.store,
        signingKey,
        trusted: new Map([[signingKey.keyId, signingKey.publicKey]]),
        stateDirectory: directory,
        replicas: 1,
        newEpoch: true,
      }),
    );
    if (opened.kind === "refused") throw new CannotStart(opened.message);
    return opened.store.epoch;
  } finally {
    await bus.stop();
  }
}
