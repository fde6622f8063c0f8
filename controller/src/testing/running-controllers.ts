import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, natsServerPath } from "@seawall/lab";
import { type AdminAccess, init } from "../init.ts";
import { run } from "../run.ts";
import { freePort } from "./free-port.ts";

/** Where one of the controllers is reached. */
export interface RunningController {
  readonly peers: string;
  readonly joins: string;
}

export interface RunningControllers {
  readonly admin: AdminAccess;
  /** Starts nats-server. */
  readonly first: RunningController;
  /** The same fleet's, at the same nats-server. */
  readonly second: RunningController;
  stop(): Promise<void>;
}

/** Two whole controllers of one fleet, as `seawall controller run` runs them, on 127.0.0.1. */
export async function startControllers(
  isReady: (address: string, admin: AdminAccess) => Promise<boolean>,
): Promise<RunningControllers> {
  const directory = await mkdtemp(join(tmpdir(), "seawall-controllers-"));
  const natsServer = await natsServerPath();
  const natsPort = await freePort();
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  const options = async (name: string) => {
    const [grpcPort, joinPort] = [await freePort(), await freePort()];
    const stateDirectory = join(directory, name);
    const ports = { grpcPort, joinPort, natsPort };
    return {
      flags: { stateDirectory, advertise: ["127.0.0.1"], listenAddress: "127.0.0.1", ...ports },
      configFile: join(directory, `${name}.yaml`),
      environment: { SEAWALL_NATS_SERVER: natsServer, SEAWALL_LOG_LEVEL: "silent" },
      signal: stopping.signal,
    };
  };
  const start = async (
    of: Awaited<ReturnType<typeof options>>,
    environment: Readonly<Record<string, string>>,
    admin: AdminAccess,
  ) => {
    running.push(run({ ...of, environment }));
    const peers = `127.0.0.1:${String(of.flags.grpcPort)}`;
    await eventually(() => isReady(peers, admin), { what: `the controller at ${peers}` });
    return { peers, joins: `127.0.0.1:${String(of.flags.joinPort)}` };
  };
  const one = await options("one");
  const two = await options("two");
  const admin = await init(one);
  // Before its first start: what tells controllers apart is made then.
  await cp(one.flags.stateDirectory, two.flags.stateDirectory, { recursive: true });
  const natsUrl = `127.0.0.1:${String(natsPort)}`;
  const first = await start(one, one.environment, admin);
  const second = await start(two, { ...two.environment, SEAWALL_NATS_URL: natsUrl }, admin);
  return {
    ...{ admin, first, second },
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
      await rm(directory, { recursive: true });
    },
  };
}
