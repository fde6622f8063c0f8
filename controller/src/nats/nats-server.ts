import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { endLeftoverServer } from "./leftover-server.ts";
import { claimsFile, configFile, type ServerConfigOptions, serverConfig } from "./server-config.ts";
import { checkServerProgram } from "./server-version.ts";

export type NatsServerState =
  | { readonly kind: "starting" }
  | { readonly kind: "running"; readonly pid: number; readonly port: number }
  /** It died, or could not be started; the next try is under way. */
  | { readonly kind: "backingOff"; readonly reason: string; readonly retryInMs: number }
  | { readonly kind: "stopped" };

export interface NatsServerOptions extends Omit<ServerConfigOptions, "held"> {
  readonly program: string;
  /** Every line the server logs. */
  readonly onLog: (line: string) => void;
  readonly onState: (state: NatsServerState) => void;
}

/** The server cannot be started; the message says why and what to do. */
export class NatsServerError extends Error {
  override name = "NatsServerError";
}

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 10_000;
/** Who ran this long had not died of its start. */
const STEADY_AFTER_MS = 60_000;

/**
 * A nats-server of our own: started, watched, started again when it dies, stopped
 * gently. The first start must succeed; after that it is tried again for ever.
 */
export class NatsServer {
  readonly #options: NatsServerOptions;
  readonly #lastLines: string[] = [];
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #port: number;
  #state: NatsServerState = { kind: "starting" };
  #supervision: Promise<void> = Promise.resolve();

  private constructor(options: NatsServerOptions) {
    this.#options = options;
    this.#port = options.listen.port;
  }

  /** @throws NatsServerError, StateInUseError */
  static async start(options: NatsServerOptions): Promise<NatsServer> {
    const check = await checkServerProgram(options.program);
    if (!check.ok) throw new NatsServerError(check.message);
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    await chmod(options.directory, 0o700);
    await endLeftoverServer(options.directory);
    const server = new NatsServer(options);
    await server.#launch();
    server.#supervision = server.#supervise();
    return server;
  }

  get state(): NatsServerState {
    return this.#state;
  }

  /** Where it listens; the port stays the same over its restarts. */
  get port(): number {
    return this.#port;
  }

  /**
   * Makes it read its configuration and certificate again. It cuts its connections,
   * which come back at once. What it does not like it logs and leaves as it was, so
   * look whether it took effect.
   */
  async reload(): Promise<void> {
    await this.#writeConfig();
    // One that is not running reads them when it starts.
    if (this.#state.kind === "running") this.#child?.kill("SIGHUP");
  }

  /** Ends the server and waits until it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#end();
    await this.#supervision;
    this.#become({ kind: "stopped" });
  }

  async #supervise(): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    for (;;) {
      const since = performance.now();
      const reason = await this.#died();
      if (this.#isStopping()) return;
      if (performance.now() - since > STEADY_AFTER_MS) backoffMs = FIRST_BACKOFF_MS;
      this.#become({ kind: "backingOff", reason, retryInMs: backoffMs });
      await delay(backoffMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
      if (this.#isStopping()) return;
      await this.#launch().catch((error: unknown) => {
        this.#options.onLog(error instanceof Error ? error.message : String(error));
      });
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Starts it and waits until it listens. When that fails, nothing is left running. */
  async #launch(): Promise<void> {
    const { directory, program } = this.#options;
    this.#become({ kind: "starting" });
    await removePortsFiles(directory);
    await this.#writeConfig();
    // Stopping has seen the former child only.
    if (this.#isStopping()) return;
    const child = spawn(program, ["-c", configFile(directory)], {
      // The name of the ports file follows from it.
      argv0: "nats-server",
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    child.once("error", (error) => {
      this.#log(`cannot start ${program}: ${error.message}`);
    });
    createInterface({ input: child.stderr }).on("line", (line) => {
      this.#log(line);
    });
    const port = await this.#ready(child);
    if (port === undefined) {
      await this.#end();
      const said = this.#lastLines.filter((line) => /\[(FTL|ERR)\]|cannot start/.test(line));
      throw new NatsServerError(
        `nats-server did not come up: ${said.at(-1)?.replace(LINE_HEAD, "") ?? `no reason given within ${String(READY_WITHIN_MS)} ms`}`,
      );
    }
    this.#port = port;
    this.#become({ kind: "running", pid: child.pid ?? 0, port });
  }

  async #writeConfig(): Promise<void> {
    const { directory, listen } = this.#options;
    const held = await heldClaims(this.#options);
    const config = serverConfig({
      ...this.#options,
      listen: { ...listen, port: this.#port },
      held,
    });
    await writeFile(configFile(directory), config, { mode: 0o600 });
  }

  /**
   * The server writes the ports file when it listens, which it does once its store
   * is recovered; the file's name carries the process id, so no other server on the
   * port can be taken for ours.
   */
  async #ready(child: ChildProcess): Promise<number | undefined> {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!hasEnded(child) && child.pid !== undefined && performance.now() < deadline) {
      const port = await portIn(join(this.#options.directory, portsFile(child.pid)));
      if (port !== undefined) return port;
      await delay(20);
    }
    return undefined;
  }

  async #died(): Promise<string> {
    const child = this.#child;
    if (child !== undefined) await ended(child);
    const how = child?.signalCode ?? `exit ${String(child?.exitCode ?? "before it ran")}`;
    return `nats-server ended: ${how}`;
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => {
      this.#log(`nats-server did not stop within ${String(STOP_WITHIN_MS)} ms; killing it`);
      child.kill("SIGKILL");
    }, STOP_WITHIN_MS);
    await ended(child);
    clearTimeout(timer);
  }

  #log(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > 50) this.#lastLines.shift();
    this.#options.onLog(line);
  }

  #become(state: NatsServerState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}

/** `[pid] date time [level] `. */
const LINE_HEAD = /^\[\d+\] \S+ \S+ \[\w+\] /;

const portsSchema = z.object({ nats: z.array(z.string()).min(1) });

const portsFile = (pid: number): string => `nats-server_${String(pid)}.ports`;

async function portIn(path: string): Promise<number | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  if (!text.endsWith("}")) return undefined; // still being written
  const [url = ""] = portsSchema.parse(JSON.parse(text)).nats;
  return Number(new URL(url).port);
}

async function removePortsFiles(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".ports"));
  await Promise.all(names.map((name) => rm(join(directory, name), { force: true })));
}

async function heldClaims(options: NatsServerOptions): Promise<ReadonlySet<string>> {
  const { system, controller, agents } = options.accounts;
  const held = new Set<string>();
  for (const { publicKey } of [system, controller, agents]) {
    const size = await stat(claimsFile(options.directory, publicKey)).then(
      (found) => found.size,
      (error: unknown) => {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0;
        throw error;
      },
    );
    if (size > 0) held.add(publicKey);
  }
  return held;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function ended(child: ChildProcess): Promise<void> {
  if (hasEnded(child) || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => {
      resolve();
    });
  });
}
