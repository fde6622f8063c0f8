import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { renewOnce } from "./edge/controller-client.ts";
import type { AgentIdentity } from "./edge/identity-store.ts";
import type { LiveIdentity } from "./edge/live-identity.ts";
import type { Clock, Log } from "./ports.ts";

/** From when until when a credential holds, in milliseconds of the wall clock. */
export interface Lifetime {
  readonly from: number;
  readonly until: number;
}

const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 10 * 60_000;
/** Woken because credentials were refused, which may have happened to a whole fleet: within this long. */
const WOKEN_MS = 60_000;

/**
 * When to renew: at half of whichever life ends its half first, give or take a tenth
 * of that half, so that a fleet that joined together does not renew together.
 */
export function renewalTime(lifetimes: readonly Lifetime[], random: number): number {
  const halves = lifetimes.map(
    ({ from, until }) => from + ((until - from) / 2) * (0.9 + 0.2 * random),
  );
  return Math.min(...halves);
}

/** How long to wait after this many failures in a row: a random part of a delay that doubles. */
export function renewalRetryMs(failures: number, random: number): number {
  const ceiling = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}

const jwtTimes = z.object({ iat: z.number(), exp: z.number() });

/** @throws when the identity's certificate or JWT is not one; both were checked when they were stored. */
export function lifetimesOf(
  identity: Pick<AgentIdentity, "certificatePem" | "natsJwt">,
): readonly Lifetime[] {
  const certificate = new X509Certificate(identity.certificatePem);
  const [, claims = ""] = identity.natsJwt.split(".");
  const { iat, exp } = jwtTimes.parse(
    JSON.parse(Buffer.from(claims, "base64url").toString("utf8")),
  );
  return [
    { from: Date.parse(certificate.validFrom), until: Date.parse(certificate.validTo) },
    { from: iat * 1_000, until: exp * 1_000 },
  ];
}

/** Keeps certificate and NATS credentials fresh, in one call, until told to stop. Never throws; nothing else of the agent waits for it. */
export class CredentialRenewal {
  readonly #identity: LiveIdentity;
  readonly #clock: Clock;
  readonly #log: Log;
  #wake = new AbortController();

  constructor(identity: LiveIdentity, clock: Clock, log: Log) {
    this.#identity = identity;
    this.#clock = clock;
    this.#log = log;
  }

  /** Somebody has refused our credentials: do not wait for half their life. Harmless however often it is called. */
  renewNow(): void {
    this.#wake.abort();
  }

  async run(stop: AbortSignal): Promise<void> {
    let failures = 0;
    for (;;) {
      await (failures === 0 ? this.#untilDue(stop) : this.#beforeRetry(failures, stop));
      if (stop.aborted) return;
      failures = (await this.#renew()) ? 0 : failures + 1;
    }
  }

  async #beforeRetry(failures: number, stop: AbortSignal): Promise<void> {
    await this.#clock.sleep(renewalRetryMs(failures, this.#clock.random()), stop);
  }

  async #untilDue(stop: AbortSignal): Promise<void> {
    this.#wake = new AbortController();
    const wake = this.#wake.signal;
    const due = renewalTime(lifetimesOf(this.#identity.current), this.#clock.random());
    await this.#clock.sleep(Math.max(0, due - this.#clock.now()), AbortSignal.any([stop, wake]));
    if (wake.aborted) {
      await this.#clock.sleep(Math.round(WOKEN_MS * this.#clock.random()), stop);
    }
  }

  async #renew(): Promise<boolean> {
    const outcome = await renewOnce(this.#identity.current);
    if (outcome.kind !== "renewed") {
      const level = outcome.kind === "refused" ? "error" : "warn";
      this.#log[level]({ reason: outcome.message }, "credentials not renewed");
      return false;
    }
    try {
      await this.#identity.replace(outcome.identity);
    } catch (error) {
      this.#log.error({ err: error }, "renewed credentials cannot be kept on disk");
      return false;
    }
    this.#log.info({}, "credentials renewed");
    return true;
  }
}
