import { desiredGetSubject } from "@seawall/proto";
import { Empty, type Msg, type MsgHdrs, type NatsConnection } from "nats";

/** What is stored for this host now. */
export type StoredDesired =
  | { readonly kind: "envelope"; readonly bytes: Uint8Array; readonly sequence: number }
  /** Nothing (sequence 0), or something that was deleted. Never to be read as "no rules". */
  | { readonly kind: "none"; readonly sequence: number };

const TIMEOUT_MS = 5_000;
const NOT_FOUND = 404;

/** @throws when nobody answers in time, or with an error. */
export async function fetchDesired(
  connection: NatsConnection,
  host: string,
): Promise<StoredDesired> {
  const answer = await connection.request(desiredGetSubject(host), Empty, { timeout: TIMEOUT_MS });
  const code = answer.headers?.code ?? 0;
  if (code !== 0 && code !== NOT_FOUND) {
    throw new Error(`the store answers ${code} ${answer.headers?.description ?? ""}`);
  }
  const sequence = sequenceIn(answer.headers);
  // A deleted key is answered with a value of no bytes.
  return code === NOT_FOUND || answer.data.length === 0
    ? { kind: "none", sequence }
    : { kind: "envelope", bytes: answer.data, sequence };
}

/** The store's position that a bell speaks of; 0 when it names none. */
export function sequenceRung(bell: Msg): number {
  try {
    return sequenceIn(bell.headers);
  } catch {
    // Anybody may have rung it. A bell that cannot be read is still a bell.
    return 0;
  }
}

function sequenceIn(headers: MsgHdrs | undefined): number {
  const sequence = Number(headers?.get("Nats-Sequence") ?? "");
  return Number.isSafeInteger(sequence) && sequence > 0 ? sequence : 0;
}
