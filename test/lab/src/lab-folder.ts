import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "./engine.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { cacheDir } from "./repository.ts";

const labsDir = join(cacheDir, "labs");

export type IptablesVariant = "nft" | "legacy";

/** What one node is made of, as another process needs it to enter the node. */
export interface NodeRecord {
  readonly name: string;
  readonly kind: "host" | "plain";
  /** The node's init, as the machine sees it. Another one after a reboot, in this very record. */
  pid: number;
  readonly ipv4: string;
  readonly ipv6: string;
  /** What its `eth0` hangs on: 0 is the lab's own switch, others are behind a router. */
  readonly segment: number;
  /** Further addresses with prefix length, on `eth0`. */
  readonly addresses: readonly string[];
  /** The segment that it routes for, with its `eth1`. */
  readonly routerOf: number | null;
  readonly iptables: IptablesVariant;
  readonly firewalld: boolean;
  /** Command line of its dockerd; empty for a plain node. */
  readonly dockerd: readonly string[];
}

/** The file that describes a running lab: `.cache/labs/<id>/lab.json`. */
export interface LabRecord {
  readonly id: string;
  readonly engine: Engine;
  readonly engineVersion: string;
  readonly root: string;
  /** What the nodes' file systems are laid over, as an overlay's `lowerdir`. */
  readonly layers: string;
  /** Laid over these on hosts that have firewalld. */
  readonly firewalldLayer: string | null;
  /** The tar of the image that containers run. */
  readonly imageTar: string;
  readonly warden: ProcessIdentity;
  readonly initPid: number;
  readonly nodes: readonly NodeRecord[];
}

export function labDir(id: string): string {
  return join(labsDir, id);
}

export async function createLabDir(id: string): Promise<string> {
  const dir = labDir(id);
  await mkdir(join(dir, "log"), { recursive: true });
  return dir;
}

export async function writeLabRecord(record: LabRecord): Promise<void> {
  const path = join(labDir(record.id), "lab.json");
  await writeFile(`${path}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  await rename(`${path}.new`, path);
}

export async function readLabRecord(id: string): Promise<LabRecord | undefined> {
  const text = await readFile(join(labDir(id), "lab.json"), "utf8").catch(() => undefined);
  // Written by this very program, and removed with the lab: trusted as it is.
  return text === undefined ? undefined : (JSON.parse(text) as LabRecord);
}

export async function listLabIds(): Promise<readonly string[]> {
  const names = await readdir(labsDir).catch((): string[] => []);
  return names.toSorted();
}
