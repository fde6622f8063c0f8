import { spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, natsServerPath } from "@seawall/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveOldNats } from "../testing/old-nats.ts";
import { testServerCertificate } from "../testing/test-certificates.ts";
import { startTestNats, type TestNats } from "../testing/test-nats.ts";
import { connectNats } from "./connect.ts";
import { createNatsKeys } from "./nats-keys.ts";
import { NatsServer, NatsServerError, type NatsServerOptions } from "./nats-server.ts";
import { signAccounts } from "./operator.ts";
import { configFile, pidFile } from "./server-config.ts";
import { mintControllerUser } from "./user-credentials.ts";

describe("a supervised nats-server", () => {
  let nats: TestNats;
  beforeAll(async () => {
    nats = await startTestNats();
  });
  afterAll(() => nats.stop());

  it("is ready when start returns", async () => {
    const controller = await nats.controller();
    const jsm = await controller.jetstreamManager();
    expect((await jsm.getAccountInfo()).limits.max_storage).toBe(-1);
  });

  it("keeps its directory and configuration to itself", async () => {
    expect((await stat(nats.directory)).mode & 0o777).toBe(0o700);
    expect((await stat(configFile(nats.directory))).mode & 0o777).toBe(0o600);
    const config = await readFile(configFile(nats.directory), "utf8");
    for (const seed of Object.values(nats.keys)) {
      if (typeof seed === "string") expect(config).not.toContain(seed);
    }
  });

  it("is started again on the same port when it dies", async () => {
    const controller = await nats.controller();
    const before = nats.server.port;
    nats.crash();
    await eventually(() => controller.rtt(), { what: "an answer of the new server" });
    // It answers a moment before who started it knows that it does.
    await eventually(() => nats.server.state.kind === "running", { what: "that to be known" });
    expect(nats.server.port).toBe(before);
    const kinds = nats.states.map(({ kind }) => kind);
    expect(kinds).toEqual(["starting", "running", "backingOff", "starting", "running"]);
  });
});

describe("starting one", () => {
  let directory: string;
  let options: NatsServerOptions;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "seawall-nats-"));
    const tls = { certificateFile: join(directory, "c.pem"), keyFile: join(directory, "k.pem") };
    const certificate = await testServerCertificate(["127.0.0.1"]);
    await writeFile(tls.certificateFile, certificate.certificatePem);
    await writeFile(tls.keyFile, certificate.keyPem, { mode: 0o600 });
    options = {
      program: await natsServerPath(),
      directory,
      listen: { host: "127.0.0.1", port: -1 },
      tls,
      accounts: await signAccounts(createNatsKeys(), new Map()),
      onLog: () => undefined,
      onState: () => undefined,
    };
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it("refuses an old program by name", async () => {
    const program = join(directory, "nats-server-2.9");
    await writeFile(program, "#!/bin/sh\necho nats-server: v2.9.10\n");
    await chmod(program, 0o755);
    const start = NatsServer.start({ ...options, program });
    await expect(start).rejects.toThrow(`${program} is nats-server v2.9.10; Seawall needs 2.10.0`);
  });

  it("says what to do when there is no such program", async () => {
    const start = NatsServer.start({ ...options, program: "/nowhere/nats-server" });
    await expect(start).rejects.toThrow(/cannot run \/nowhere\/nats-server.*Install nats-server/);
  });

  it("says so when the port is taken, and leaves nothing running", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    const address = blocker.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const start = NatsServer.start({ ...options, listen: { host: "127.0.0.1", port } });
    await expect(start).rejects.toThrow(NatsServerError);
    await expect(start).rejects.toThrow(/address already in use/);
    blocker.close();
  });

  it("ends the server that a killed controller left behind, and takes over its store", async () => {
    const first = await NatsServer.start(options);
    const { port } = first;
    await first.stop();
    // As an orphan: handed to init when its parent, a shell, ends.
    const parent = spawn("/bin/sh", [
      "-c",
      '"$0" -c "$1" >/dev/null 2>&1 </dev/null &',
      options.program,
      configFile(directory),
    ]);
    await new Promise((resolve) => parent.once("exit", resolve));
    const orphan = await eventually(() => runningIn(directory), { what: "the orphan to run" });
    const second = await NatsServer.start({ ...options, listen: { host: "127.0.0.1", port } });
    expect(second.state).toMatchObject({ kind: "running", port });
    expect(await commandOf(orphan)).toBe("");
    await second.stop();
  });
});

/** Whom the file names, once that one runs: a server that has stopped leaves its own number in it. */
async function runningIn(directory: string): Promise<number | undefined> {
  const pid = Number(await readFile(pidFile(directory), "utf8").catch(() => ""));
  return (await commandOf(pid)).includes(configFile(directory)) ? pid : undefined;
}

/** Empty for who has ended, also before its parent has asked for it. */
function commandOf(pid: number): Promise<string> {
  return readFile(`/proc/${String(pid)}/cmdline`, "utf8").catch(() => "");
}

it("a controller refuses an old server that somebody else runs, by name", async () => {
  const old = await serveOldNats("2.9.10");
  try {
    const attempt = connectNats({
      servers: [old.address],
      caPem: old.caPem,
      user: await mintControllerUser(createNatsKeys()),
      name: "test",
      onEvent: () => undefined,
    });
    await expect(attempt).rejects.toThrow(`${old.address} is nats-server 2.9.10; Seawall needs`);
    await expect(attempt).rejects.toMatchObject({ code: "TooOld" });
  } finally {
    await old.stop();
  }
});
