import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { createConnection, createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export type AgentLock =
  | { readonly kind: "held"; release(): Promise<void> }
  | { readonly kind: "taken" };

/** What whoever has a socket in the folder says when asked; `gone`: nobody listens there any more. */
type Claim = "held" | "asking" | "gone";

/** Only a process that is stopped takes so long to answer, and that one may go on. */
const ANSWER_MS = 2_000;
const ASK_AGAIN_MS = 20;

export interface AgentLockOptions {
  /** Where each has its socket. */
  readonly directory?: string;
  /** How long to wait for another one's answer. */
  readonly answerMs?: number;
}

/**
 * One agent per network namespace. Each that wants to be it listens on a socket of its own, in a folder where only root
 * can make one, and asks the others. The kernel closes a socket with its owner, however that ends, so one that nobody
 * listens on is left from before. Of several that ask at the same time the first by name wins.
 * Agents that do not see the same `/run` (in containers) do not see each other.
 * @throws when the folder cannot be made, or is anybody else's
 */
export async function lockNetworkNamespace({
  directory = "/run/seawall",
  answerMs = ANSWER_MS,
}: AgentLockOptions = {}): Promise<AgentLock> {
  const { ino } = await stat("/proc/self/ns/net");
  const folder = join(directory, `agent-${ino}`);
  for (const path of [directory, folder]) await makePrivate(path);
  const name = randomUUID();
  let claim: Claim = "asking";
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.end(claim);
  });
  // Nobody finds it before it listens: it would be taken for one that is left.
  const unseen = join(folder, `.${name}`);
  await listen(server, unseen);
  await rename(unseen, join(folder, name));
  const release = async (): Promise<void> => {
    await rm(join(folder, name), { force: true });
    await new Promise((done) => {
      server.close(done);
    });
  };
  for (;;) {
    const others = await claimsIn(folder, name, answerMs);
    if (others.length === 0) break;
    if (others.some((other) => other.claim === "held" || other.name < name)) {
      await release();
      return { kind: "taken" };
    }
    await sleep(ASK_AGAIN_MS);
  }
  claim = "held";
  return { kind: "held", release };
}

async function makePrivate(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { uid, mode } = await lstat(path);
  const isOurs = uid === 0 || uid === process.geteuid?.();
  if (!isOurs || (mode & 0o022) !== 0) {
    throw new Error(`${path} can be written by others: remove it, or give it to root alone`);
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      // The lock keeps nobody from ending.
      server.unref();
      resolve();
    });
  });
}

/** All others who want it, or have it. What nobody listens on is removed; its name never comes again. */
async function claimsIn(
  folder: string,
  own: string,
  answerMs: number,
): Promise<readonly { readonly name: string; readonly claim: Claim }[]> {
  const names = (await readdir(folder)).filter((name) => name !== own && !name.startsWith("."));
  const claims = names.map(async (name) => ({
    name,
    claim: await ask(join(folder, name), answerMs),
  }));
  const found = await Promise.all(claims);
  for (const { name, claim } of found) {
    if (claim === "gone") await rm(join(folder, name), { force: true });
  }
  return found.filter(({ claim }) => claim !== "gone");
}

function ask(path: string, answerMs: number): Promise<Claim> {
  return new Promise((resolve) => {
    let text = "";
    const socket = createConnection(path);
    socket.setEncoding("utf8");
    const answer = (claim: Claim): void => {
      resolve(claim);
      socket.destroy();
    };
    socket.setTimeout(answerMs, () => {
      answer("held");
    });
    socket.on("data", (more: string) => {
      text += more;
    });
    socket.on("error", ({ code = "" }: NodeJS.ErrnoException) => {
      // It ended before it had answered, as one does that gave way: the next time nobody listens there.
      if (code === "ECONNRESET") resolve(ask(path, answerMs));
      else answer(code === "ECONNREFUSED" || code === "ENOENT" ? "gone" : "held");
    });
    // Whoever says nothing is about to end, or has just begun to.
    socket.on("end", () => {
      answer(text === "held" ? "held" : "asking");
    });
  });
}
