import { CannotListen } from "./api/grpc-server.ts";
import type { StateRead } from "./identity/state-directory.ts";
import { NatsConnectError } from "./nats/connect.ts";
import { StateInUseError } from "./nats/leftover-server.ts";
import { NatsServerError } from "./nats/nats-server.ts";
import { TamperedError } from "./store/sealed-bucket.ts";
import { StoreError } from "./store/store-error.ts";

/** The controller cannot start; the message says why and what to do. */
export class CannotStart extends Error {
  override name = "CannotStart";
}

const inWords = [
  CannotListen,
  NatsConnectError,
  NatsServerError,
  StateInUseError,
  StoreError,
  TamperedError,
];

/** A step of the start: what it says in words becomes CannotStart, anything else is a bug and stays what it is. */
export async function whileStarting<T>(step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    const isInWords = inWords.some((kind) => error instanceof kind);
    if (!(error instanceof Error) || !isInWords) throw error;
    throw new CannotStart(error.message, { cause: error });
  }
}

/** What lies in the state directory. @throws CannotStart when it is not to be used. */
export async function fromState<T>(read: Promise<StateRead<T>>): Promise<T> {
  const state = await read;
  if (!state.ok) throw new CannotStart(state.message);
  return state.value;
}
