/** How to get into a node: nsenter and what has to hold for everything that is run that way. */

const nsenter = "/usr/bin/nsenter";

/** What a process in a node sees; nothing of the machine's own environment leaks into a lab. */
export const nodeEnvironment: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
};

/**
 * The command line that runs `argv` in all namespaces of the node with this init. It ends when the
 * nsenter that waits for it is killed, so killing the process we see is enough.
 */
export function inNode(pid: number, argv: readonly string[]): readonly string[] {
  return [
    nsenter,
    `--target=${String(pid)}`,
    "--mount",
    "--net",
    "--uts",
    "--ipc",
    "--pid",
    "--",
    "/usr/bin/setpriv",
    "--pdeathsig",
    "KILL",
    "--",
    ...argv,
  ];
}

/**
 * Runs a program of the Debian root where the lab's switch is. The process stays in the machine's
 * pid namespace, so process ids mean the same to it as to us.
 */
export function inSwitch(
  initPid: number,
  root: string,
  argv: readonly string[],
): readonly string[] {
  const enter = [nsenter, `--target=${String(initPid)}`, "--mount", "--net", "--"];
  return [...enter, "/usr/sbin/chroot", root, ...argv];
}

/** Runs a program of this machine in the network namespace that a path names. */
export function inNetworkNamespace(path: string, argv: readonly string[]): readonly string[] {
  return [nsenter, `--net=${path}`, "--", ...argv];
}

/** Starts a new process in the lab's own pid and mount namespaces. */
export function inLab(initPid: number, argv: readonly string[]): readonly string[] {
  return [nsenter, `--target=${String(initPid)}`, "--mount", "--pid", "--", ...argv];
}
