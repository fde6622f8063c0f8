import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "@nats-io/jwt";
import { eventually, natsServerPath } from "@seawall/lab";
import { connect, jwtAuthenticator } from "nats";
import { pino } from "pino";
import { expect, it } from "vitest";
import { openBus } from "./bus.ts";
import { init } from "./init.ts";
import { mintAgentUser } from "./nats/user-credentials.ts";
import { writeNatsFiles } from "./nats-files.ts";
import { openState, type StateOptions } from "./opened-state.ts";
import { Revoker, revokeAgainOnReturn } from "./revoker.ts";
import { freePort } from "./testing/free-port.ts";

it("a nats-server that somebody else runs serves the fleet, and learns again who is revoked", async () => {
  const directory = await mkdtemp(join(tmpdir(), "seawall-external-"));
  const natsUrl = `127.0.0.1:${String(await freePort())}`;
  const options: StateOptions = {
    flags: { stateDirectory: join(directory, "state"), advertise: ["127.0.0.1"], natsUrl },
    configFile: join(directory, "controller.yaml"),
    environment: {},
  };
  await init(options);
  const file = await writeNatsFiles({ ...options, directory: join(directory, "nats") });
  const program = await natsServerPath();
  const start = () => spawn(program, ["-c", file], { stdio: "ignore" });
  let server = start();
  const { config, identity, keys } = await openState(options);
  const certificate = await identity.authority.issueServer(["127.0.0.1"], new Date());
  const log = pino({ level: "silent" });
  const open = () =>
    openBus({
      config,
      keys,
      caPem: identity.authority.certificatePem,
      certificate,
      log,
    });
  const bus = await eventually(() => open().catch(() => undefined), {
    what: "the server to listen",
  });
  const revoker = new Revoker({
    push: (revocations) => bus.revoke(revocations),
    now: () => Date.now(),
    onError: () => undefined,
  });
  try {
    const user = createUser();
    const publicKey = user.getPublicKey();
    const jwt = await mintAgentUser(keys, { host: "gone", publicKey, nowMs: Date.now() });
    const isLetIn = async () => {
      const attempt = connect({
        servers: natsUrl,
        tls: { ca: identity.authority.certificatePem },
        authenticator: jwtAuthenticator(jwt, user.getSeed()),
        reconnect: false,
      });
      return await attempt.then(
        async (connection) => {
          await connection.close();
          return true;
        },
        (error: unknown) => (String(error).includes("Authorization Violation") ? false : undefined),
      );
    };
    expect(await isLetIn()).toBe(true);
    await revoker.revoke([[publicKey, Math.floor(Date.now() / 1_000) + 2]]);
    revokeAgainOnReturn(bus, revoker, log);
    expect(await isLetIn()).toBe(false);

    server.kill("SIGKILL");
    await once(server, "exit");
    // Its own memory of the revocation is gone as well, as on a new machine.
    await rm(join(directory, "nats", "accounts"), { recursive: true });
    server = start();
    await eventually(async () => (await isLetIn()) === false, {
      what: "the revocation to be in force again",
    });
  } finally {
    revoker.stop();
    await bus.stop();
    server.kill();
    await rm(directory, { recursive: true });
  }
});
