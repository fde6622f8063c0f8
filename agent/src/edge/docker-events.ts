import type Dockerode from "dockerode";
import { z } from "zod";
import { retryDelayMs } from "../core/failure.ts";
import type { Clock } from "../ports.ts";

/** Whatever moves an address, a binding or a name. */
const filters: Dockerode.GetEventsOptions["filters"] = {
  type: ["network", "container"],
  event: ["create", "destroy", "connect", "disconnect", "start", "die", "rename"],
};

/**
 * Keeps the event stream open until the signal aborts, and calls `onWake` for whatever comes and
 * after every connect, because events are lost while there is no stream. What an event says is not read, but for the id of a
 * container that was created: `onCreated` is called with it ahead of that, where it comes whole.
 */
export async function watchDockerEvents(
  client: Dockerode,
  clock: Clock,
  signal: AbortSignal,
  onWake: () => void,
  onCreated: (id: string) => void,
): Promise<void> {
  const wake = withEcho(onWake, clock, signal);
  let attempt = 0;
  while (!signal.aborted) {
    if (await streamOnce(client, signal, wake, onCreated)) {
      attempt = 0;
      // A stream that broke is news as well: Docker may be gone.
      wake();
    }
    attempt += 1;
    await clock.sleep(retryDelayMs("retry", attempt, clock.random()), signal);
  }
}

const ECHO_MS = 250;

/**
 * Docker tells of some things before its lists do: with 20.10, a container that died is listed as running for a
 * moment, addresses and all. So whatever wakes somebody wakes once more when all has been quiet for a while.
 */
function withEcho(onWake: () => void, clock: Clock, signal: AbortSignal): () => void {
  let waiting = new AbortController();
  return () => {
    onWake();
    waiting.abort();
    waiting = new AbortController();
    const outdated = AbortSignal.any([signal, waiting.signal]);
    void clock.sleep(ECHO_MS, outdated).then(() => {
      if (!outdated.aborted) onWake();
    });
  };
}

/** Resolves when the stream is over, with whether there was one. */
async function streamOnce(
  client: Dockerode,
  signal: AbortSignal,
  onWake: () => void,
  onCreated: (id: string) => void,
): Promise<boolean> {
  let stream: NodeJS.ReadableStream;
  try {
    stream = await client.getEvents({ filters, abortSignal: signal });
  } catch {
    // That Docker is away is reported by whoever asks it what it has.
    return false;
  }
  onWake();
  await new Promise<void>((resolve) => {
    stream.on("data", (chunk: Buffer | string) => {
      for (const id of createdIn(chunk.toString())) onCreated(id);
      onWake();
    });
    for (const end of ["end", "error", "close"]) {
      stream.on(end, () => {
        resolve();
      });
    }
  });
  return true;
}

const creation = z.object({
  Type: z.literal("container"),
  Action: z.literal("create"),
  Actor: z.object({ ID: z.string() }),
});

/** Lines of JSON. One that is cut off is nothing. */
function createdIn(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const parsed = creation.safeParse(jsonOf(line));
    return parsed.success ? [parsed.data.Actor.ID] : [];
  });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
