import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { bootDocker } from "./docker-host.ts";
import { defaultEngine, EngineUnavailableError, ensureEngineRoot } from "./engine.ts";
import { firewalldRoot, startFirewalld } from "./firewalld.ts";
import { firstLineOf } from "./first-line.ts";
import { type Lab, labOf } from "./lab.ts";
import { createLabDir, type LabRecord, labDir, writeLabRecord } from "./lab-folder.ts";
import type { LabNode } from "./lab-node.ts";
import type { HostOptions, LabOptions, NodeOptions } from "./lab-options.ts";
import { ensureListenerImage } from "./listener-image.ts";
import { checkMachine } from "./machine.ts";
import { inLab } from "./namespaces.ts";
import { natsServerRoot } from "./nats-server.ts";
import { ensureNodeLayer } from "./node-runtime.ts";
import { type PlannedNode, planNodes } from "./plan-nodes.ts";
import { repositoryDir, scriptsDir } from "./repository.ts";
import { routeSegments } from "./routes.ts";
import { sweepLabs } from "./sweep-labs.ts";
import { connectNodes } from "./switch.ts";
import { startWarden } from "./warden-link.ts";

/**
 * Starts a lab and waits until every engine answers. Rejects with `EngineUnavailableError` when the
 * engine cannot be had, with `UnfitMachineError` when this machine cannot run a lab.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const progress = options.progress ?? (() => undefined);
  const engine = options.engine ?? defaultEngine;
  await checkMachine();
  await sweepLabs(progress);
  const engineRoot = await ensureEngineRoot(engine, progress);
  if (engineRoot.kind === "unavailable") {
    throw new EngineUnavailableError(engine, engineRoot.reason);
  }
  const { root } = engineRoot;
  const withFirewalld = options.hosts.some(({ firewalld }) => firewalld === true);
  const [nodeLayer, natsRoot, image, firewalld] = await Promise.all([
    ensureNodeLayer(root, progress),
    natsServerRoot(progress),
    ensureListenerImage(root, progress),
    withFirewalld ? firewalldRoot(root.suite, progress) : undefined,
  ]);

  const id = randomBytes(4).toString("hex");
  await createLabDir(id);
  progress(`starting lab ${id}: Docker ${engineRoot.version} of Debian ${root.suite}`);
  const warden = await startWarden(id, root.path);
  try {
    const planned = planNodes(id, engine, options);
    const nodes = await Promise.all(
      planned.map(async (node) => {
        const extra = node.firewalld && firewalld !== undefined ? [firewalld] : [];
        const layers = [nodeLayer, natsRoot, ...extra, root.path].join(":");
        const pid = await startNode(id, warden.initPid, node, { layers, planned });
        return { ...node, pid };
      }),
    );
    await connectNodes(warden.initPid, root.path, nodes);
    await routeSegments(nodes);
    const record: LabRecord = {
      id,
      engine,
      engineVersion: engineRoot.version,
      root: root.path,
      warden: warden.identity,
      initPid: warden.initPid,
      nodes,
    };
    await writeLabRecord(record);
    const lab = labOf(record, warden);
    for (const node of [...options.hosts, ...(options.nodes ?? [])]) {
      await furnish(lab.node(node.name), node);
    }
    // Behind all addresses: where IPv6 is off, no route to one can be made.
    for (const { name, ipv6 } of options.hosts) {
      if (ipv6 === false) await lab.node(name).run(["sysctl", "-q", "-w", ...withoutIPv6]);
    }
    progress(`starting ${String(lab.hosts.length)} Docker engines`);
    await Promise.all(lab.hosts.map((host) => bootDocker(host, image)));
    return lab;
  } catch (error) {
    await warden.end();
    throw error;
  }
}

async function furnish(node: LabNode, options: NodeOptions & Partial<HostOptions>): Promise<void> {
  const { addresses = [], lacks = [], firewalld } = options;
  for (const cidr of addresses) await node.addAddress(cidr);
  for (const program of lacks) await node.run(["sh", "-c", 'rm "$(command -v "$0")"', program]);
  if (firewalld === true) await startFirewalld(node);
}

const withoutIPv6 = ["all", "default"].map((name) => `net.ipv6.conf.${name}.disable_ipv6=1`);

interface NodeSetting {
  readonly layers: string;
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
      IPTABLES: node.iptables,
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
