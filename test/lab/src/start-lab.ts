import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { addressesOf } from "./addressing.ts";
import { cgroupOf } from "./cgroups.ts";
import { bootDocker } from "./docker-host.ts";
import { defaultEngine, type Engine, EngineUnavailableError, ensureEngineRoot } from "./engine.ts";
import { firstLineOf } from "./first-line.ts";
import { type Lab, labOf } from "./lab.ts";
import {
  createLabDir,
  type IptablesVariant,
  type LabRecord,
  labDir,
  type NodeRecord,
  writeLabRecord,
} from "./lab-folder.ts";
import { ensureListenerImage } from "./listener-image.ts";
import { checkMachine } from "./machine.ts";
import { inLab } from "./namespaces.ts";
import { natsServerRoot } from "./nats-server.ts";
import { ensureNodeLayer } from "./node-runtime.ts";
import type { Progress } from "./private-apt.ts";
import { repositoryDir, scriptsDir } from "./repository.ts";
import { sweepLabs } from "./sweep-labs.ts";
import { connectNodes } from "./switch.ts";
import { startWarden } from "./warden-link.ts";

export interface NodeOptions {
  readonly name: string;
  /** Further addresses with prefix length; all other nodes get a route to each. */
  readonly addresses?: readonly string[];
}

export interface HostOptions extends NodeOptions {
  readonly dockerdArgs?: readonly string[];
}

export interface LabOptions {
  /** Default 20.10, the one of Debian 12. */
  readonly engine?: Engine;
  /** Which iptables the hosts' `iptables` is, and so which one Docker uses. Default nft. */
  readonly iptables?: IptablesVariant;
  readonly hosts: readonly HostOptions[];
  /** Machines without Docker: a controller, a client outside the fleet. */
  readonly nodes?: readonly NodeOptions[];
  readonly progress?: Progress;
}

/**
 * Starts a lab and waits until every engine answers. Rejects with `EngineUnavailableError` when the
 * engine cannot be had, with `UnfitMachineError` when this machine cannot run a lab.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const progress = options.progress ?? (() => undefined);
  const engine = options.engine ?? defaultEngine;
  const iptables = options.iptables ?? "nft";
  await checkMachine(iptables);
  await sweepLabs(progress);
  const engineRoot = await ensureEngineRoot(engine, progress);
  if (engineRoot.kind === "unavailable") {
    throw new EngineUnavailableError(engine, engineRoot.reason);
  }
  const { root } = engineRoot;
  const [nodeLayer, natsRoot, image] = await Promise.all([
    ensureNodeLayer(root, progress),
    natsServerRoot(progress),
    ensureListenerImage(root, progress),
  ]);

  const id = randomBytes(4).toString("hex");
  await createLabDir(id);
  progress(`starting lab ${id}: Docker ${engineRoot.version} of Debian ${root.suite}`);
  const warden = await startWarden(id, root.path);
  try {
    const planned = plan(id, engine, options);
    const layers = [nodeLayer, natsRoot, root.path].join(":");
    const nodes = await Promise.all(
      planned.map(async (node) => {
        const pid = await startNode(id, warden.initPid, node, { layers, iptables, planned });
        return { ...node, pid };
      }),
    );
    await connectNodes(warden.initPid, root.path, nodes);
    const record: LabRecord = {
      id,
      engine,
      engineVersion: engineRoot.version,
      iptables,
      root: root.path,
      warden: warden.identity,
      initPid: warden.initPid,
      nodes,
    };
    await writeLabRecord(record);
    const lab = labOf(record, warden);
    for (const node of [...options.hosts, ...(options.nodes ?? [])]) {
      for (const cidr of node.addresses ?? []) await lab.node(node.name).addAddress(cidr);
    }
    progress(`starting ${String(lab.hosts.length)} Docker engines`);
    await Promise.all(lab.hosts.map((host) => bootDocker(host, image)));
    return lab;
  } catch (error) {
    await warden.end();
    throw error;
  }
}

type PlannedNode = Omit<NodeRecord, "pid">;

function plan(id: string, engine: Engine, options: LabOptions): readonly PlannedNode[] {
  const hosts = options.hosts.map((host, index): PlannedNode => {
    const dockerd = [
      "dockerd",
      "--containerd=/run/containerd/containerd.sock",
      "--exec-opt=native.cgroupdriver=cgroupfs",
      `--cgroup-parent=/${cgroupOf(id)}/${host.name}`,
      ...(engine === "28.5" ? [] : ["--experimental", "--ip6tables"]),
      ...(host.dockerdArgs ?? []),
    ];
    return { name: host.name, kind: "host", ...addressesOf("host", index), dockerd };
  });
  const plain = (options.nodes ?? []).map(
    (node, index): PlannedNode => ({
      name: node.name,
      kind: "plain",
      ...addressesOf("plain", index),
      dockerd: [],
    }),
  );
  const all = [...hosts, ...plain];
  const names = new Set(all.map((node) => node.name));
  if (names.size !== all.length) throw new Error("two nodes of the lab have the same name");
  for (const name of names) {
    if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)) throw new Error(`bad node name ${name}`);
  }
  return all;
}

interface NodeSetting {
  readonly layers: string;
  readonly iptables: IptablesVariant;
  readonly planned: readonly PlannedNode[];
}

async function startNode(
  id: string,
  initPid: number,
  node: PlannedNode,
  setting: NodeSetting,
): Promise<number> {
  const base = join(labDir(id), "nodes", node.name);
  await mkdir(base, { recursive: true });
  const unshare = ["/usr/bin/unshare", "--mount", "--propagation", "private", "--net", "--uts"];
  unshare.push("--ipc", "--pid", "--fork", "--kill-child=KILL");
  unshare.push("--", "/bin/sh", join(scriptsDir, "node-init.sh"));
  const [file = "", ...argv] = inLab(initPid, unshare);
  const logPath = join(labDir(id), "log", `${node.name}-init.log`);
  const log = openSync(logPath, "a");
  const child = spawn(file, argv, {
    detached: true,
    stdio: ["ignore", "pipe", log],
    env: {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      NODE_NAME: node.name,
      LAYERS: setting.layers,
      BASE: base,
      REPOSITORY: repositoryDir,
      IPTABLES: setting.iptables,
      HOSTS: hostsFile(setting.planned),
    },
  });
  closeSync(log);
  child.unref();
  const line = await firstLineOf(child);
  child.stdout?.destroy();
  if (typeof line !== "string") {
    throw new Error(`node ${node.name} did not start:\n${await readFile(logPath, "utf8")}`);
  }
  return Number(line);
}

function hostsFile(nodes: readonly PlannedNode[]): string {
  const lines = ["127.0.0.1 localhost", "::1 localhost"];
  for (const node of nodes) lines.push(`${node.ipv4} ${node.name}`, `${node.ipv6} ${node.name}`);
  return lines.join("\n");
}
