import { addressesOf } from "./addressing.ts";
import { cgroupOf } from "./cgroups.ts";
import type { Engine } from "./engine.ts";
import type { NodeRecord } from "./lab-folder.ts";
import type { HostOptions, LabOptions, NodeOptions } from "./lab-options.ts";

/** A node that is not there yet. */
export type PlannedNode = Omit<NodeRecord, "pid">;

/** What the nodes of a lab will be, hosts first; throws when the options contradict themselves. */
export function planNodes(id: string, engine: Engine, options: LabOptions): readonly PlannedNode[] {
  const { hosts, nodes = [], iptables = "nft" } = options;
  const all: readonly NodeOptions[] = [...hosts, ...nodes];
  checkNames(all);
  const place = placesOf(all);
  return [
    ...hosts.map((host, index): PlannedNode => {
      const { segment, routerOf } = place(host);
      const own = addressesOf("host", index, segment);
      const dockerd = dockerdCommand(id, engine, host);
      const { name, addresses = [], firewalld = false } = host;
      return {
        ...{ name, kind: "host", ...own, segment, routerOf, addresses },
        ...{ iptables: host.iptables ?? iptables, firewalld, dockerd },
      };
    }),
    ...nodes.map((node, index): PlannedNode => {
      const { segment, routerOf } = place(node);
      const own = addressesOf("plain", index, segment);
      const { name, addresses = [] } = node;
      return {
        ...{ name, kind: "plain", ...own, segment, routerOf, addresses },
        ...{ iptables, firewalld: false, dockerd: [] },
      };
    }),
  ];
}

function checkNames(nodes: readonly NodeOptions[]): void {
  const names = new Set(nodes.map((node) => node.name));
  if (names.size !== nodes.length) throw new Error("two nodes of the lab have the same name");
  for (const name of names) {
    if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)) throw new Error(`bad node name ${name}`);
  }
}

type Place = Pick<NodeRecord, "segment" | "routerOf">;

/** Each node that others are behind is the router of a segment of its own, numbered from 1. */
function placesOf(nodes: readonly NodeOptions[]): (node: NodeOptions) => Place {
  const routers = [...new Set(nodes.flatMap(({ behind }) => behind ?? []))];
  for (const name of routers) {
    const router = nodes.find((node) => node.name === name);
    if (router === undefined) throw new Error(`no node ${name} that others could be behind`);
    if (router.behind !== undefined) throw new Error(`router ${name} is behind another router`);
  }
  const segmentBehind = (name: string): number => routers.indexOf(name) + 1;
  return ({ name, behind }) => ({
    segment: behind === undefined ? 0 : segmentBehind(behind),
    routerOf: routers.includes(name) ? segmentBehind(name) : null,
  });
}

function dockerdCommand(id: string, engine: Engine, host: HostOptions): readonly string[] {
  return [
    "dockerd",
    "--containerd=/run/containerd/containerd.sock",
    "--exec-opt=native.cgroupdriver=cgroupfs",
    `--cgroup-parent=/${cgroupOf(id)}/${host.name}`,
    ...ip6tablesArguments(engine, host.ip6tables !== false),
    ...(host.userlandProxy === false ? ["--userland-proxy=false"] : []),
    ...(host.dockerdArgs ?? []),
  ];
}

function ip6tablesArguments(engine: Engine, on: boolean): readonly string[] {
  if (engine === "28.5") return on ? [] : ["--ip6tables=false"];
  return on ? ["--experimental", "--ip6tables"] : [];
}
