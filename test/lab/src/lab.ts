import { type DockerHost, openDockerHost } from "./docker-host.ts";
import { type LabRecord, labDir } from "./lab-folder.ts";
import { type LabNode, openNode } from "./lab-node.ts";
import { reboot } from "./reboot.ts";

/** A running fleet in a box. */
export interface Lab {
  readonly id: string;
  /** Folder of the lab; logs of all processes are in `log/`. It goes away with the lab. */
  readonly dir: string;
  /** The process that owns the lab and ends it. */
  readonly wardenPid: number;
  /** Full version of the Docker engine, as packaged. */
  readonly engineVersion: string;
  /** All nodes: the Docker hosts and the plain ones. */
  readonly nodes: readonly LabNode[];
  readonly hosts: readonly DockerHost[];
  node(name: string): LabNode;
  host(name: string): DockerHost;
  /** Lets the lab outlive this process; `seawall-lab stop` or `openLab(id).stop()` ends it. */
  keep(): void;
  /** Ends the lab; resolves when nothing of it is left. */
  stop(): Promise<void>;
}

/** Ways to the process that owns the lab. */
export interface LabControl {
  keep(): void;
  end(): Promise<void>;
}

export function labOf(record: LabRecord, control: LabControl): Lab {
  const hosts: DockerHost[] = [];
  const nodes: LabNode[] = [];
  for (const node of record.nodes) {
    const plain = openNode(record, node);
    if (node.kind === "host") {
      const host = openDockerHost(plain, {
        dockerd: node.dockerd,
        imageTar: record.imageTar,
        reboot: () => reboot(record, node),
      });
      hosts.push(host);
      nodes.push(host);
    } else {
      nodes.push(plain);
    }
  }
  const find = <T extends LabNode>(list: readonly T[], name: string, kind: string): T => {
    const found = list.find((node) => node.name === name);
    if (found !== undefined) return found;
    const names = list.map((node) => node.name).join(", ");
    throw new Error(`lab ${record.id} has no ${kind} ${name}; it has ${names}`);
  };
  let stopping: Promise<void> | undefined;
  return {
    id: record.id,
    dir: labDir(record.id),
    wardenPid: record.warden.pid,
    engineVersion: record.engineVersion,
    nodes,
    hosts,
    node: (name) => find(nodes, name, "node"),
    host: (name) => find(hosts, name, "Docker host"),
    keep: () => {
      control.keep();
    },
    stop: () => {
      stopping ??= control.end();
      return stopping;
    },
  };
}
