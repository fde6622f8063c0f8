// Somebody who got hold of more than they should. Runs inside a lab node:
//   intruder store HOST forged|moved|replayed|unknown-feature|empty|deleted   with the controller's NATS seeds
//   intruder store HOST signed                                                with the controller's signing key as well
//   intruder bundles withheld|returned                                        likewise
//   intruder history REVISION edited|restored                                 likewise
//   intruder read WORD...                                                     likewise
//   intruder host OTHER                                                       with a host's own credentials
import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createUser, encodeUser, fromSeed } from "@nats-io/jwt";
import { type Bundle, decodeBundle, encodeBundle } from "@seawall/policy";
import { bellSubject, desiredGetSubject, keyIdOf, open, seal } from "@seawall/proto";
import { connect, jwtAuthenticator, type NatsConnection } from "nats";
import { z } from "zod";

const controllerState = "/var/lib/seawall/controller";
const agentState = "/var/lib/seawall/agent";

function readJson<T>(path: string, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(readFileSync(path, "utf8")));
}

const identitySchema = z.object({
  ca: z.object({ certificatePem: z.string() }),
  signingKeyPem: z.string(),
});

/** In the store, as who has the controller's seed. */
async function connectToStore(): Promise<NatsConnection> {
  const { ca } = readJson(`${controllerState}/identity.json`, identitySchema);
  const { controllerSeed } = readJson(
    `${controllerState}/nats-keys.json`,
    z.object({ controllerSeed: z.string() }),
  );
  const user = createUser();
  const jwt = await encodeUser("intruder", user, fromSeed(Buffer.from(controllerSeed)), {});
  return await connect({
    servers: "localhost:7422",
    tls: { ca: ca.certificatePem },
    authenticator: jwtAuthenticator(jwt, user.getSeed()),
  });
}

/** Writes something into another's place in the store, as who can write there would. */
async function intrudeStore(host: string, what: string): Promise<void> {
  const { signingKeyPem } = readJson(`${controllerState}/identity.json`, identitySchema);
  const nats = await connectToStore();
  const { streams } = await nats.jetstreamManager();
  const subject = `$KV.desired.${host}`;
  if (what === "deleted") {
    await streams.purge("KV_desired", { filter: subject });
    nats.publish(bellSubject(host));
    await nats.drain();
    return;
  }
  const stored = await original(
    `bundle-of-${host}`,
    async () => (await streams.getMessage("KV_desired", { last_by_subj: subject })).data,
  );
  await nats.jetstream().publish(subject, await replacement(what, stored, signingKeyPem, nats));
  await nats.drain();
}

/** Has no host's question for its bundle answered, or answered again; the controller reads and writes as before. */
async function withholdBundles(what: string): Promise<void> {
  const nats = await connectToStore();
  const { streams } = await nats.jetstreamManager();
  await streams.update("KV_desired", { allow_direct: what === "returned" });
  await nats.drain();
}

/** Prints in which buckets each of these words can be read: plainly, or in what is sealed. */
async function readStore(words: readonly string[]): Promise<void> {
  const nats = await connectToStore();
  const { streams } = await nats.jetstreamManager();
  const found = new Map(words.map((word) => [word, new Set<string>()]));
  for await (const { config } of streams.list()) {
    const { state } = await streams.info(config.name, { subjects_filter: ">" });
    for (const subject of Object.keys(state.subjects ?? {})) {
      const text = legible((await streams.getMessage(config.name, { last_by_subj: subject })).data);
      for (const [word, names] of found) if (text.includes(word)) names.add(config.name);
    }
  }
  await nats.drain();
  const sorted = [...found].map(([word, names]) => [word, [...names].toSorted()] as const);
  process.stdout.write(`${JSON.stringify(Object.fromEntries(sorted))}\n`);
}

function legible(data: Uint8Array): string {
  const text = Buffer.from(data).toString();
  const payload = /"payload":"([^"]+)"/.exec(text)?.[1] ?? "";
  return `${text}\n${Buffer.from(payload, "base64").toString()}`;
}

/** Has somebody else as the author of a revision, or puts back what was there. */
async function intrudeHistory(revision: string, what: string): Promise<void> {
  const nats = await connectToStore();
  const subject = `$KV.revisions.${revision}`;
  const { streams } = await nats.jetstreamManager();
  const stored = await original(
    `revision-${revision}`,
    async () => (await streams.getMessage("KV_revisions", { last_by_subj: subject })).data,
  );
  const envelope = z.looseObject({ payload: z.string() }).parse(JSON.parse(stored.toString()));
  const payload = Buffer.from(envelope.payload, "base64").toString().replace("admin", "nobody");
  const edited = { ...envelope, payload: Buffer.from(payload).toString("base64") };
  await nats
    .jetstream()
    .publish(subject, what === "edited" ? Buffer.from(JSON.stringify(edited)) : stored);
  await nats.drain();
}

/** The controller's own record, also after an intrusion has replaced or deleted it in the store. */
async function original(name: string, stored: () => Promise<Uint8Array>): Promise<Buffer> {
  const kept = `/tmp/${name}`;
  if (!existsSync(kept)) await writeFile(kept, await stored());
  return await readFile(kept);
}

async function replacement(
  what: string,
  stored: Buffer,
  signingKeyPem: string,
  nats: NatsConnection,
): Promise<Buffer> {
  const { createPrivateKey, createPublicKey } = await import("node:crypto");
  const privateKey = createPrivateKey(signingKeyPem);
  const publicKey = createPublicKey(privateKey);
  const real = { keyId: keyIdOf(publicKey), privateKey };
  const opened = open("bundle", stored, new Map([[real.keyId, publicKey]]));
  const decoded = opened.ok ? decodeBundle(opened.payload) : opened;
  if (!decoded.ok || !("bundle" in decoded)) throw new Error("the stored bundle cannot be read");
  const { bundle } = decoded;
  const everythingOpen: Bundle = {
    ...bundle,
    generation: bundle.generation + 1,
    desired: { policies: [] },
  };
  const stranger = generateKeyPairSync("ed25519");
  switch (what) {
    case "signed":
      return seal("bundle", encodeBundle(everythingOpen), real);
    case "forged":
      return seal("bundle", encodeBundle(everythingOpen), {
        keyId: real.keyId,
        privateKey: stranger.privateKey,
      });
    case "strangers-key":
      return seal("bundle", encodeBundle(everythingOpen), {
        keyId: keyIdOf(stranger.publicKey),
        privateKey: stranger.privateKey,
      });
    case "moved":
      return seal("bundle", encodeBundle({ ...everythingOpen, host: "somebody-else" }), real);
    case "replayed":
      return seal("bundle", encodeBundle({ ...everythingOpen, generation: 1 }), real);
    case "unknown-feature":
      return seal(
        "bundle",
        encodeBundle({ ...everythingOpen, requires: ["from-the-future"] }),
        real,
      );
    case "empty":
      return Buffer.alloc(0);
    default:
      await nats.close();
      throw new Error(`no such intrusion: ${what}`);
  }
}

/** Tries as one host to read and to change another's bundle. Prints what was got, which should be nothing. */
async function intrudeHost(other: string): Promise<void> {
  const own = readJson(
    `${agentState}/identity.json`,
    z.object({
      host: z.string(),
      natsJwt: z.string(),
      natsSeed: z.string(),
      natsUrl: z.string(),
      caPem: z.string(),
    }),
  );
  const nats = await connect({
    servers: own.natsUrl,
    tls: { ca: own.caPem },
    authenticator: jwtAuthenticator(own.natsJwt, Buffer.from(own.natsSeed)),
    inboxPrefix: `_INBOX.${own.host}`,
  });
  const got: string[] = [];
  const request = async (subject: string, payload = "") => {
    const answer = await nats.request(subject, payload, { timeout: 500 }).catch(() => undefined);
    if (answer !== undefined && answer.data.length > 0)
      got.push(`${subject}: ${answer.string().slice(0, 60)}`);
  };
  const listen = (subject: string) => {
    nats.subscribe(subject, {
      callback: (error, message) => error === null && got.push(`heard ${message.subject}`),
    });
  };
  for (const subject of [
    bellSubject(other),
    "bell.*",
    ">",
    "$KV.>",
    "_INBOX.>",
    `_INBOX.${other}.>`,
  ])
    listen(subject);
  await request(desiredGetSubject(other));
  await request("desired.get.*");
  await request(
    desiredGetSubject(own.host),
    JSON.stringify({ last_by_subj: `$KV.desired.${other}` }),
  );
  await request(`$JS.API.DIRECT.GET.KV_desired.$KV.desired.${other}`);
  await request(
    "$JS.API.STREAM.MSG.GET.KV_desired",
    JSON.stringify({ last_by_subj: `$KV.desired.${other}` }),
  );
  await request("$JS.API.STREAM.NAMES");
  await request("$JS.API.STREAM.PURGE.KV_desired");
  await request(
    "$JS.API.CONSUMER.CREATE.KV_desired",
    JSON.stringify({
      stream_name: "KV_desired",
      config: { deliver_subject: `_INBOX.${own.host}.x` },
    }),
  );
  // The confused deputy: a permitted request whose answer is aimed at the other's key, bell or inbox.
  for (const reply of [`$KV.desired.${other}`, bellSubject(other), `_INBOX.${other}.x`]) {
    nats.publish(desiredGetSubject(own.host), "", { reply });
  }
  nats.publish(`$KV.desired.${other}`, "mine");
  await nats.flush();
  // What it may have: also the proof that it would have heard of more, being asked after all the rest.
  const permitted = await nats.request(desiredGetSubject(own.host), "", { timeout: 20_000 });
  if (permitted.data.length === 0)
    throw new Error("not even its own bundle can be read: nothing is proved");
  await nats.close();
  process.stdout.write(`${JSON.stringify(got)}\n`);
}

const [as, ...rest] = process.argv.slice(2);
if (as === "store") await intrudeStore(rest[0] ?? "", rest[1] ?? "");
else if (as === "bundles") await withholdBundles(rest[0] ?? "");
else if (as === "history") await intrudeHistory(rest[0] ?? "", rest[1] ?? "");
else if (as === "read") await readStore(rest);
else await intrudeHost(rest[0] ?? "");
