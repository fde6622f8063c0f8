/** What a node's file system is made of: tables as fstab(5) has them, so that one program mounts them all. */

export interface NodePlace {
  /** Lower folders of an overlay, the uppermost first, with colons between them. */
  readonly layers: string;
  /** A folder with `upper`, `work`, `docker`, `containerd` and `root`, where the node's / appears. */
  readonly disk: string;
  /** Folders of the machine that the node sees as they are, and cannot write to. */
  readonly shown: readonly string[];
}

/** Devices that programs take for granted. */
export const devices = ["full", "null", "random", "tty", "urandom", "zero"];

/** First the root, with a /dev that is still empty. */
export function rootMounts({ layers, disk }: NodePlace): string {
  const root = `${disk}/root`;
  const overlay = `lowerdir=${layers},upperdir=${disk}/upper,workdir=${disk}/work`;
  return table([
    ["lab", root, "overlay", overlay],
    ["proc", `${root}/proc`, "proc", "nosuid,nodev,noexec"],
    ["sysfs", `${root}/sys`, "sysfs", "nosuid,nodev,noexec"],
    ["/sys/fs/cgroup", `${root}/sys/fs/cgroup`, "none", "rbind"],
    ["dev", `${root}/dev`, "tmpfs", "mode=755,nosuid"],
  ]);
}

/** Then what appears in it. Devices need a file each to appear at. */
export function innerMounts({ disk, shown }: NodePlace): string {
  const root = `${disk}/root`;
  return table([
    ...devices.map((name): Mount => [`/dev/${name}`, `${root}/dev/${name}`, "none", "bind"]),
    ["devpts", `${root}/dev/pts`, "devpts", "newinstance,ptmxmode=0666,mode=620,gid=5"],
    ["shm", `${root}/dev/shm`, "tmpfs", "mode=1777,nosuid,nodev"],
    ["run", `${root}/run`, "tmpfs", "mode=755,nosuid,nodev"],
    ["tmp", `${root}/tmp`, "tmpfs", "mode=1777,nosuid,nodev"],
    // Docker's storage needs a file system that overlays can be stacked on.
    [`${disk}/docker`, `${root}/var/lib/docker`, "none", "bind"],
    [`${disk}/containerd`, `${root}/var/lib/containerd`, "none", "bind"],
    ...shown.map((path): Mount => [path, `${root}${path}`, "none", "bind,ro"]),
  ]);
}

type Mount = readonly [source: string, target: string, type: string, options: string];

/** With a capital X: what begins with a small one is written into the machine's own /run/mount/utab, and stays there. */
function table(mounts: readonly Mount[]): string {
  const line = ([source, target, type, options]: Mount): string =>
    [source, target, type, `${options},X-mount.mkdir`].map(escaped).join(" ");
  return `${mounts.map(line).join("\n")}\n`;
}

/** fstab(5): what would end a field is written as a number. */
function escaped(field: string): string {
  return field.replace(
    /[ \t\n\r\\#]/g,
    (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
}
