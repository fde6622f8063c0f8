// Changes the fleet again and again, as fast as its hosts follow: far more often than a process for
// each change allows. Runs on the controller's node. Reads a JSON array of manifests from stdin, applies
// one after the other, and waits after each until every host enforces that very revision.
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { hostDocument } from "@seawall/policy";
import {
  type ApplyResponse__Output,
  type ClientServiceClient,
  clientProto,
  type GetResponse__Output,
  secureChannel,
} from "@seawall/proto";
import { parse } from "yaml";
import { z } from "zod";

const config = z.object({
  contexts: z.tuple([
    z.object({
      controller: z.string(),
      ca: z.string(),
      certificate: z.string(),
      key: z.string(),
    }),
  ]),
});

async function connect(): Promise<ClientServiceClient> {
  const file = await readFile("/root/.config/seawall/config.yaml", "utf8");
  const [admin] = config.parse(parse(file)).contexts;
  const { credentials, options } = secureChannel(admin.controller, {
    caPem: admin.ca,
    client: { privateKeyPem: admin.key, chainPem: admin.certificate },
  });
  const { ClientService } = clientProto().seawall.v1;
  return new ClientService(admin.controller, credentials, options);
}

function answer<T>(call: (done: (error: Error | null, value?: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => {
      if (error !== null) reject(error);
      else if (value === undefined) reject(new Error("a call ended with no answer"));
      else resolve(value);
    });
  });
}

async function apply(client: ClientServiceClient, content: string): Promise<number> {
  const request = { files: [{ name: "-", content }] };
  const response = await answer<ApplyResponse__Output>((done) => client.apply(request, done));
  if (!response.committed) throw new Error(JSON.stringify(response.issues));
  return response.revision;
}

async function enforced(client: ClientServiceClient, revision: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const { items } = await answer<GetResponse__Output>((done) =>
      client.get({ kind: "Host" }, done),
    );
    const hosts = items.map((item) => hostDocument.parse(JSON.parse(item)).status);
    if (hosts.every((host) => host.state === "InSync" && host.revision === revision)) return;
    if (performance.now() > deadline) throw new Error(`not enforced: ${items.join("\n")}`);
    await delay(10);
  }
}

const manifests = z.array(z.string()).parse(JSON.parse(await text(process.stdin)));
const client = await connect();
for (const manifest of manifests) await enforced(client, await apply(client, manifest));
client.close();
