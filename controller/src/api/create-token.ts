import { randomBytes } from "node:crypto";
import { labelProblem, parseCidr } from "@seawall/policy";
import {
  type CreateTokenRequest__Output,
  type CreateTokenResponse,
  isHostName,
} from "@seawall/proto";
import type { Fleet } from "../fleet.ts";
import { type JoinTokenRecord, makeJoinToken } from "../identity/join-token.ts";
import type { Caller } from "./authorize.ts";
import { RequestRefused } from "./request-refused.ts";
import { requestedMode } from "./requested-mode.ts";
import { requireForToken } from "./require-guardrail-admin.ts";

export interface TokenIssuer {
  readonly caFingerprint: string;
  /** host:port that hosts join at. */
  readonly joinAddress: string;
  readonly now: () => Date;
  /** Durable when it resolves. */
  store(record: JoinTokenRecord): Promise<void>;
}

const MOST_USES = 10_000;
const SHORTEST_SECONDS = 60;
const LONGEST_SECONDS = 30 * 24 * 3_600;

/** Makes a join token. It is shown here once; only its hash is kept. */
export async function createToken(
  request: CreateTokenRequest__Output,
  caller: Caller,
  fleet: Fleet,
  issuer: TokenIssuer,
): Promise<CreateTokenResponse> {
  check(request);
  await requireForToken(request, caller, fleet);
  const expiresAt = new Date(issuer.now().getTime() + request.ttlSeconds * 1_000);
  const { text, record } = makeJoinToken(
    {
      createdBy: caller.name,
      uses: request.uses,
      expiresAt,
      labels: request.labels,
      mode: requestedMode(request.mode, "Enforce"),
      addressRanges: request.addressRanges,
      ...(request.host === "" ? {} : { host: request.host }),
    },
    issuer.caFingerprint,
    randomBytes(40),
  );
  await issuer.store(record);
  return { token: text, expiresMs: expiresAt.getTime(), joinAddress: issuer.joinAddress };
}

function check(request: CreateTokenRequest__Output): void {
  const refuse = (message: string) => {
    throw new RequestRefused("InvalidRequest", message);
  };
  const { uses, ttlSeconds, host, labels, addressRanges } = request;
  if (uses < 1 || uses > MOST_USES)
    refuse(`uses: ${String(uses)} is not between 1 and ${String(MOST_USES)}`);
  if (ttlSeconds < SHORTEST_SECONDS || ttlSeconds > LONGEST_SECONDS) {
    refuse(`ttl: ${String(ttlSeconds)} s is not between a minute and 30 days`);
  }
  if (host !== "" && !isHostName(host))
    refuse(`"${host}" cannot name a host: 1 to 63 letters, digits, "_" and "-"`);
  for (const [key, value] of Object.entries(labels)) {
    const problem = labelProblem(key, value);
    if (problem !== undefined) refuse(problem);
  }
  for (const range of addressRanges) {
    const parsed = parseCidr(range);
    if (!parsed.ok) refuse(`address range ${range}: ${parsed.message}`);
  }
}
