import { randomBytes } from "node:crypto";
import { defaultEngine, EngineUnavailableError, ensureEngineRoot } from "./engine.ts";
import { firewalldRoot, startFirewalld } from "./firewalld.ts";
import { joinNetwork } from "./join-network.ts";
import { type Lab, labOf } from "./lab.ts";
import { createLabDir, type LabRecord, writeLabRecord } from "./lab-folder.ts";
import type { LabNode } from "./lab-node.ts";
import type { HostOptions, LabOptions, NodeOptions } from "./lab-options.ts";
import { ensureListenerImage } from "./listener-image.ts";
import { checkMachine } from "./machine.ts";
import { natsServerRoot } from "./nats-server.ts";
import { ensureNodeLayer } from "./node-runtime.ts";
import { planNodes } from "./plan-nodes.ts";
import { makeDisk, startNode } from "./start-node.ts";
import { sweepLabs } from "./sweep-labs.ts";
import { makeSwitches } from "./switch.ts";
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
  const [nodeLayer, natsRoot, imageTar, firewalldLayer] = await Promise.all([
    ensureNodeLayer(root, progress),
    natsServerRoot(progress),
    ensureListenerImage(root, progress),
    withFirewalld ? firewalldRoot(root.suite, progress) : null,
  ]);

  const id = randomBytes(4).toString("hex");
  await createLabDir(id);
  progress(`starting lab ${id}: Docker ${engineRoot.version} of Debian ${root.suite}`);
  const warden = await startWarden(id, root.path);
  try {
    const planned = planNodes(id, engine, options);
    const layers = [nodeLayer, natsRoot, root.path].join(":");
    const setting = { id, initPid: warden.initPid, layers, firewalldLayer, nodes: planned };
    const nodes = await Promise.all(
      planned.map(async (node) => {
        await makeDisk(setting, node);
        return { ...node, pid: await startNode(setting, node) };
      }),
    );
    const record: LabRecord = {
      ...setting,
      engine,
      engineVersion: engineRoot.version,
      root: root.path,
      imageTar,
      warden: warden.identity,
      nodes,
    };
    await makeSwitches(record);
    await joinNetwork(record, nodes);
    await writeLabRecord(record);
    const lab = labOf(record, warden);
    for (const node of [...options.hosts, ...(options.nodes ?? [])]) {
      await furnish(lab.node(node.name), node);
    }
    const engines = options.hosts.filter(({ startsDocker = true }) => startsDocker);
    progress(`starting ${String(engines.length)} Docker engines`);
    await Promise.all(engines.map(({ name }) => lab.host(name).startDocker()));
    return lab;
  } catch (error) {
    await warden.end();
    throw error;
  }
}

async function furnish(
  node: LabNode,
  { lacks = [], ipv6, firewalld }: NodeOptions & Partial<HostOptions>,
): Promise<void> {
  for (const program of lacks) await node.run(["sh", "-c", 'rm "$(command -v "$0")"', program]);
  // Behind all addresses: where IPv6 is off, no route to one can be made.
  if (ipv6 === false) await node.run(["sysctl", "-q", "-w", ...withoutIPv6]);
  if (firewalld === true) await startFirewalld(node);
}

const withoutIPv6 = ["all", "default"].map((name) => `net.ipv6.conf.${name}.disable_ipv6=1`);
