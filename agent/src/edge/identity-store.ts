import { createPublicKey, type KeyObject } from "node:crypto";
import { chmod, mkdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isHostName, keyIdOf, type TrustedKeys } from "@seawall/proto";
import { z } from "zod";
import { atomicWrite, removeWritten } from "./atomic-write.ts";

const keys = z.strictObject({
  /** EC P-256, PKCS#8; made on this host and never sent anywhere. */
  privateKeyPem: z.string(),
  /** NATS user seed; likewise. */
  natsSeed: z.string(),
});
/** What makes this host this host. */
export type HostKeys = Readonly<z.infer<typeof keys>>;

const agentIdentity = keys.extend({
  format: z.literal(1),
  host: z.string().refine(isHostName),
  /** host:port each. */
  controllerAddress: z.string(),
  natsUrl: z.string(),
  caPem: z.string(),
  certificatePem: z.string(),
  natsJwt: z.string(),
  /** Keys that may sign bundles, SPKI PEM. */
  signingKeysPem: z.array(z.string()).min(1),
});
/** All that an agent needs to be somebody, in one file so that its parts always fit each other. */
export type AgentIdentity = Readonly<z.infer<typeof agentIdentity>>;

export type StoredIdentity =
  | { readonly kind: "none" }
  | { readonly kind: "identity"; readonly identity: AgentIdentity }
  | { readonly kind: "unreadable"; readonly message: string };

const IDENTITY = "identity.json";
/** The keys of a join that has not ended: repeating it must not make new ones, the first answer may be lost. */
const JOINING = "joining.json";

const joining = keys.extend({ caFingerprint: z.string(), host: z.string() });

/** The agent's identity on disk: 0600 in a 0700 directory. */
export class IdentityStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async read(): Promise<StoredIdentity> {
    const file = await this.#readJson(IDENTITY);
    if (file.kind !== "json") return file;
    const parsed = agentIdentity.safeParse(file.value);
    if (!parsed.success) {
      const fields = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
      return unreadable(
        `${this.#path(IDENTITY)} is damaged (${fields}); remove it and join again with a new token`,
      );
    }
    return { kind: "identity", identity: parsed.data };
  }

  /** Durable when it resolves. */
  async write(identity: AgentIdentity): Promise<void> {
    await this.#prepare();
    await atomicWrite(this.#path(IDENTITY), JSON.stringify(identity, undefined, 2));
    await rm(this.#path(JOINING), { force: true });
  }

  /** The keys of an unfinished join to this CA under this name, or of the join that `make` begins. */
  async keysForJoining(
    to: { readonly caFingerprint: string; readonly host: string },
    make: () => HostKeys,
  ): Promise<HostKeys> {
    const file = await this.#readJson(JOINING);
    const begun = joining.safeParse(file.kind === "json" ? file.value : undefined);
    if (
      begun.success &&
      begun.data.caFingerprint === to.caFingerprint &&
      begun.data.host === to.host
    ) {
      return { privateKeyPem: begun.data.privateKeyPem, natsSeed: begun.data.natsSeed };
    }
    const made = make();
    await this.#prepare();
    await atomicWrite(this.#path(JOINING), JSON.stringify({ ...to, ...made }, undefined, 2));
    return made;
  }

  /** Forgets who this host is, and an unfinished join. */
  async remove(): Promise<void> {
    for (const name of [IDENTITY, JOINING]) await removeWritten(this.#path(name));
  }

  async #prepare(): Promise<void> {
    // Only the directory itself is private: others live beside it.
    await mkdir(dirname(this.#directory), { recursive: true });
    const made = await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    if (made !== undefined) await chmod(this.#directory, 0o700);
  }

  async #readJson(
    name: string,
  ): Promise<
    | { readonly kind: "json"; readonly value: unknown }
    | Exclude<StoredIdentity, { kind: "identity" }>
  > {
    const path = this.#path(name);
    try {
      const { mode } = await stat(path);
      if ((mode & 0o077) !== 0) {
        return unreadable(
          `${path} has mode ${(mode & 0o777).toString(8)}: others could read its keys. Delete the host from the fleet, remove the file and join again`,
        );
      }
      return { kind: "json", value: JSON.parse(await readFile(path, "utf8")) };
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT")
        return { kind: "none" };
      if (error instanceof SyntaxError)
        return unreadable(`${path} is damaged; remove it and join again with a new token`);
      throw error;
    }
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

/** The keys that bundles are verified with. */
export function trustedKeys(identity: Pick<AgentIdentity, "signingKeysPem">): TrustedKeys {
  const trusted = new Map<string, KeyObject>();
  for (const pem of identity.signingKeysPem) {
    const key = createPublicKey(pem);
    trusted.set(keyIdOf(key), key);
  }
  return trusted;
}

function unreadable(message: string): StoredIdentity & { kind: "unreadable" } {
  return { kind: "unreadable", message };
}
