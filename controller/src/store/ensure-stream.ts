import type { JetStreamManager, StreamConfig } from "nats";
import { isStreamMissing, StoreError } from "./store-error.ts";

type WantedStream = Partial<StreamConfig> & Pick<StreamConfig, "name" | "subjects">;

/** Makes the stream, or brings it to these settings, and reads them back. @throws StoreError */
export async function ensureStream(manager: JetStreamManager, wanted: WantedStream): Promise<void> {
  const { name } = wanted;
  const before = await manager.streams.info(name).catch((error: unknown) => {
    if (isStreamMissing(error)) return undefined;
    throw error;
  });
  if (before === undefined) {
    // Copies: the library adds fields to what it is given.
    await manager.streams.add({ ...wanted });
  } else if (differences(before.config, wanted).length > 0) {
    await manager.streams.update(name, { ...wanted });
  }
  const { config } = await manager.streams.info(name);
  const left = differences(config, wanted);
  if (left.length > 0) {
    throw new StoreError(
      "Misconfigured",
      `stream ${name} was made by somebody else with another ${left.join(", ")}; remove it, or give Seawall an account of its own`,
    );
  }
}

function differences(actual: StreamConfig, wanted: WantedStream): readonly string[] {
  const have = new Map<string, unknown>(Object.entries(actual));
  return Object.entries(wanted)
    .filter(([field, value]) => JSON.stringify(have.get(field) ?? false) !== JSON.stringify(value))
    .map(([field]) => field);
}
