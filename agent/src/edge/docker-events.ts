import type Dockerode from "dockerode";
import { retryDelayMs } from "../core/failure.ts";
import type { Clock } from "../ports.ts";

const filters: Dockerode.GetEventsOptions["filters"] = {
  type: ["network"],
  event: ["create", "destroy"],
};

/**
 * Keeps the event stream open until the signal aborts, and calls `onWake` for whatever comes and
 * after every connect, because events are lost while there is no stream. What an event says is not read.
 */
export async function watchDockerEvents(
  client: Dockerode,
  clock: Clock,
  signal: AbortSignal,
  onWake: () => void,
): Promise<void> {
  let attempt = 0;
  while (!signal.aborted) {
    if (await streamOnce(client, signal, onWake)) {
      attempt = 0;
      // A stream that broke is news as well: Docker may be gone.
      onWake();
    }
    attempt += 1;
    await clock.sleep(retryDelayMs("retry", attempt, clock.random()), signal);
  }
}

/** Resolves when the stream is over, with whether there was one. */
async function streamOnce(
  client: Dockerode,
  signal: AbortSignal,
  onWake: () => void,
): Promise<boolean> {
  let stream: NodeJS.ReadableStream;
  try {
    stream = await client.getEvents({ filters, abortSignal: signal });
  } catch {
    // That Docker is away is reported by whoever asks it for its networks.
    return false;
  }
  onWake();
  await new Promise<void>((resolve) => {
    stream.on("data", onWake);
    for (const end of ["end", "error", "close"]) {
      stream.on(end, () => {
        resolve();
      });
    }
  });
  return true;
}
