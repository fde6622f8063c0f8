import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import type { NetworkCreateOptions, NetworkInspectInfo } from "dockerode";
import {
  type Container,
  type ContainerOptions,
  createOptions,
  openContainer,
} from "./container.ts";
import { type EngineApi, engineApi } from "./engine-api.ts";
import { eventually } from "./eventually.ts";
import type { LabNode } from "./lab-node.ts";
import type { LabProcess } from "./lab-process.ts";
import { listenerImage } from "./listener-image.ts";

export interface NetworkOptions {
  readonly subnet4?: string;
  /** With it the network has IPv6. */
  readonly subnet6?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Default: Docker names the bridge after the network's id. */
  readonly bridgeName?: string;
  readonly internal?: boolean;
  /** With it the network is a macvlan on this interface of the host, and has no bridge. */
  readonly macvlanParent?: string;
  /** Containers have their IPv4 addresses out of this part of the subnet. */
  readonly range4?: string;
  /** Options of its driver. */
  readonly driverOptions?: Readonly<Record<string, string>>;
}

/** A lab node that runs a Docker engine of its own. */
export interface DockerHost extends LabNode {
  /** Path of the engine's socket as seen from the machine. */
  readonly dockerSocket: string;
  /** Runs the docker command of the host's engine; returns stdout, throws with the evidence. */
  docker(...args: readonly string[]): Promise<string>;
  /** Returns the network's id. */
  createNetwork(name: string, options?: NetworkOptions): Promise<string>;
  removeNetwork(name: string): Promise<void>;
  /** Name of the bridge of a network of driver bridge. */
  bridgeOf(network: string): Promise<string>;
  /** One that nobody has started yet. */
  createContainer(options: ContainerOptions): Promise<void>;
  runContainer(options: ContainerOptions): Promise<Container>;
  removeContainer(name: string): Promise<void>;
  /** Ends dockerd with this signal, and starts it again as it was; containerd goes on. */
  restartDocker(signal?: NodeJS.Signals): Promise<void>;
  stopDocker(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP: dockerd stands still, with all that it holds, until SIGCONT. It has to be running. */
  signalDocker(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Starts what does not run of containerd and dockerd, as two services like on a real host. */
  startDocker(): Promise<void>;
  /**
   * Cuts the host's power and gives it back: its disk stays as it was, with Docker's data, and all
   * else is new, from the network namespace to /run. Docker does not run until `startDocker`.
   */
  reboot(): Promise<void>;
  /** Whether packets within a bridge pass through this program's rules (`bridge-nf-call-…`). */
  setBridgeNfCall(program: "iptables" | "ip6tables", on: boolean): Promise<void>;
}

export interface EngineSetting {
  /** Command line of dockerd. */
  readonly dockerd: readonly string[];
  /** The tar of the listener's image, on the machine. */
  readonly imageTar: string;
  readonly reboot: () => Promise<void>;
}

/** A handle on a host whose engine may or may not run yet. */
export function openDockerHost(node: LabNode, setting: EngineSetting): DockerHost {
  const socket = (): string => node.path("/run/docker.sock");
  const api = engineApi(node.name, socket);
  const docker = (...args: readonly string[]): Promise<string> =>
    node.run(["docker", ...args], { timeoutMs: 120_000 });

  let dockerd: LabProcess | undefined;
  const startDocker = async (): Promise<void> => {
    await startContainerd(node);
    dockerd = await node.spawn(setting.dockerd);
    await untilReady(node, dockerd, () => api.ask("ping", (docker) => docker.ping()), "dockerd");
    await ensureImage(api, setting.imageTar);
  };
  const stopDocker = async (signal: NodeJS.Signals = "SIGTERM"): Promise<void> => {
    const pid = (await node.run(["cat", "/run/docker.pid"])).trim();
    await node.run(["kill", `-${signal.replace(/^SIG/, "")}`, pid]);
    const gone = (): boolean => !existsSync(node.path(`/proc/${pid}`));
    await eventually(gone, { what: `dockerd on ${node.name} to end`, timeoutMs: 30_000 });
  };

  return {
    ...node,
    get pid() {
      return node.pid;
    },
    get dockerSocket() {
      return socket();
    },
    reboot: setting.reboot,
    docker,
    startDocker,
    stopDocker,
    signalDocker: (signal) => dockerd?.kill(signal),
    restartDocker: async (signal) => {
      await stopDocker(signal);
      await startDocker();
    },
    createNetwork: async (name, options = {}) => {
      const { id } = await api.order(`create network ${name}`, (docker) =>
        docker.createNetwork(networkOptions(name, options)),
      );
      return id;
    },
    removeNetwork: async (name) => {
      await api.order(`remove network ${name}`, async (docker) => {
        await docker.getNetwork(name).remove();
      });
    },
    bridgeOf: async (network) => {
      const { Driver, Options, Id } = await api.ask(
        `inspect network ${network}`,
        (docker): Promise<NetworkInspectInfo> => docker.getNetwork(network).inspect(),
      );
      if (Driver !== "bridge") throw new Error(`${network} has driver ${Driver}, hence no bridge`);
      return Options?.[bridgeName] ?? `br-${Id.slice(0, 12)}`;
    },
    runContainer: async (options) => {
      const id = await api.order(`run ${options.name}`, async (docker) => {
        const container = await docker.createContainer(createOptions(options, listenerImage));
        await container.start();
        return container.id;
      });
      return openContainer({ node, api }, id, options);
    },
    createContainer: async (options) => {
      await api.order(`create ${options.name}`, (docker) =>
        docker.createContainer(createOptions(options, listenerImage)),
      );
    },
    removeContainer: async (name) => {
      await api.order(`remove ${name}`, async (docker) => {
        await docker.getContainer(name).remove({ force: true, v: true });
      });
    },
    setBridgeNfCall: async (program, on) => {
      await node.run(["sysctl", "-w", `net.bridge.bridge-nf-call-${program}=${on ? "1" : "0"}`]);
    },
  };
}

async function startContainerd(node: LabNode): Promise<void> {
  const socket = node.path("/run/containerd/containerd.sock");
  if (existsSync(socket)) return;
  const containerd = await node.spawn(["containerd"]);
  const probe = (): Promise<boolean> => Promise.resolve(existsSync(socket));
  await untilReady(node, containerd, probe, "containerd");
}

async function ensureImage(api: EngineApi, tar: string): Promise<void> {
  const reference = JSON.stringify({ reference: [listenerImage] });
  // An order, though it only looks: Docker has just started, and may take its time.
  const isThere = async (): Promise<boolean> =>
    await api.order("list images", async (docker) => {
      const found = await docker.listImages({ filters: reference });
      return found.length > 0;
    });
  if (await isThere()) return;
  const [repo, tag] = listenerImage.split(":");
  const changes = 'ENTRYPOINT ["/usr/bin/perl", "/bin/lab-listen"]';
  const said = await api.order(`import ${tar}`, async (docker) =>
    text(await docker.importImage(tar, { repo, tag, changes })),
  );
  // Docker's answer begins before it has read the tar, so its status says nothing.
  if (!(await isThere())) throw new Error(`Docker did not import ${tar}: ${said}`);
}

async function untilReady(
  node: LabNode,
  process: LabProcess,
  probe: () => Promise<unknown>,
  name: string,
): Promise<void> {
  const ready = async (): Promise<true | undefined> => {
    const answer = await probe().then(
      (value) => value !== false,
      () => false,
    );
    return answer ? true : undefined;
  };
  const attempt = async (): Promise<true | undefined | "ended"> =>
    process.isRunning() ? ready() : "ended";
  const what = `${name} on ${node.name} to answer`;
  const outcome = await eventually(attempt, { what, timeoutMs: 60_000 }).catch(
    async (error: unknown) => {
      throw new Error(`${what}: ${await tail(process)}`, { cause: error });
    },
  );
  if (outcome === "ended") {
    const code = String(await process.exited);
    throw new Error(`${name} on ${node.name} ended with ${code}:\n${await tail(process)}`);
  }
}

async function tail(process: LabProcess): Promise<string> {
  return (await process.output()).split("\n").slice(-30).join("\n");
}

const bridgeName = "com.docker.network.bridge.name";

function networkOptions(name: string, options: NetworkOptions): NetworkCreateOptions {
  const { subnet4, subnet6, macvlanParent, range4 } = options;
  const pool4 = { Subnet: subnet4, ...(range4 === undefined ? {} : { IPRange: range4 }) };
  return {
    Name: name,
    CheckDuplicate: true,
    Driver: macvlanParent === undefined ? "bridge" : "macvlan",
    EnableIPv6: subnet6 !== undefined,
    Internal: options.internal === true,
    IPAM: {
      Config: [
        // A range alone Docker refuses, and says so.
        ...((subnet4 ?? range4) === undefined ? [] : [pool4]),
        ...(subnet6 === undefined ? [] : [{ Subnet: subnet6 }]),
      ],
    },
    Labels: { ...options.labels },
    Options: {
      ...(macvlanParent === undefined ? {} : { parent: macvlanParent }),
      ...(options.bridgeName === undefined ? {} : { [bridgeName]: options.bridgeName }),
      ...options.driverOptions,
    },
  };
}
