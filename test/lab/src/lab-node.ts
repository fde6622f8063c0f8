import { join } from "node:path";
import { Attendant, type NodeExecOptions } from "./attendant.ts";
import { CommandError, type ExecResult } from "./execute.ts";
import { type LabRecord, labDir, type NodeRecord } from "./lab-folder.ts";
import { type LabProcess, type SpawnOptions, spawnInNode } from "./lab-process.ts";
import { addAddress } from "./routes.ts";

/** Something with a network namespace of its own that packets can be sent from. */
export interface ProbeOrigin {
  readonly name: string;
  /** A path that names the network namespace as it is now. */
  networkNamespace(): Promise<string>;
}

/** One machine of the lab. */
export interface LabNode extends ProbeOrigin {
  readonly ipv4: string;
  readonly ipv6: string;
  /** Its init as the machine sees it: `/proc/<pid>/root` is the node's file system. A reboot changes it. */
  readonly pid: number;
  /** Runs a command to its end and says how it went; never throws because of the exit status. */
  exec(argv: readonly string[], options?: NodeExecOptions): Promise<ExecResult>;
  /** Like `exec`, for commands that have to succeed: returns stdout or throws with the evidence. */
  run(argv: readonly string[], options?: NodeExecOptions): Promise<string>;
  /** Starts a long-running process. */
  spawn(argv: readonly string[], options?: SpawnOptions): Promise<LabProcess>;
  /** Where a path of this node is on the machine, for reading and writing files. */
  path(inNode: string): string;
  /**
   * Gives the node one more address, with its prefix length, until it reboots; every other node can
   * answer it.
   */
  addAddress(cidr: string): Promise<void>;
}

export function openNode(lab: LabRecord, record: NodeRecord): LabNode {
  const { name, ipv4, ipv6 } = record;
  let processes = 0;
  const attendant = new Attendant(record);
  const exec = (argv: readonly string[], options: NodeExecOptions = {}) =>
    attendant.run(argv, options);
  const run = async (argv: readonly string[], options: NodeExecOptions = {}): Promise<string> => {
    const result = await exec(argv, options);
    if (result.code !== 0 || result.timedOut) throw new CommandError([`${name}:`, ...argv], result);
    return result.stdout;
  };
  return {
    name,
    ipv4,
    ipv6,
    get pid() {
      return record.pid;
    },
    exec,
    run,
    networkNamespace: () => Promise.resolve(`/proc/${String(record.pid)}/ns/net`),
    path: (inside) => join(`/proc/${String(record.pid)}/root`, inside),
    spawn: (argv, options = {}) => {
      processes += 1;
      const program = (argv[0] ?? "").split("/").at(-1) ?? "";
      const log = `${name}-${String(processes)}-${program}-${String(process.pid)}.log`;
      return spawnInNode(record.pid, argv, join(labDir(lab.id), "log", log), options);
    },
    addAddress: (cidr) => addAddress(cidr, record, lab.nodes),
  };
}
