import { existsSync } from "node:fs";
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "./execute.ts";

/** The merged /usr that packages of every release here can be unpacked into. */
export async function prepareRoot(root: string): Promise<void> {
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    await mkdir(join(root, "usr", name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
}

/** Does by hand the little of the packages' install scripts that a lab host needs. */
export async function completeRoot(root: string): Promise<void> {
  for (const [link, target] of links) {
    const path = join(root, link);
    if (existsSync(path) || !existsSync(join(root, "usr/sbin", target))) continue;
    await symlink(target, path);
  }
  if (!existsSync(join(root, "usr/bin/sh"))) await symlink("bash", join(root, "usr/bin/sh"));
  for (const [path, text] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await rm(join(root, path), { force: true });
    await writeFile(join(root, path), text);
  }
  // base-files turns these into links when it is installed.
  for (const name of ["run", "lock"]) {
    await rm(join(root, "var", name), { recursive: true, force: true });
    await symlink(name === "run" ? "../run" : "../run/lock", join(root, "var", name));
  }
  for (const path of ["mnt", "etc/docker", "var/lib/docker", "var/lib/containerd", "opt"]) {
    await mkdir(join(root, path), { recursive: true });
  }
  await chmod(root, 0o755);
  await run(["/sbin/ldconfig", "-r", root]);
}

/** What update-alternatives would link; `node-init.sh` turns it round for the legacy variant. */
const links: readonly (readonly [link: string, target: string])[] = [
  "iptables",
  "iptables-save",
  "iptables-restore",
  "ip6tables",
  "ip6tables-save",
  "ip6tables-restore",
].map((name) => [`usr/sbin/${name}`, name.replace(/^(ip6?tables)/, "$1-nft")]);

const files: readonly (readonly [path: string, text: string])[] = [
  [
    "etc/passwd",
    "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/nonexistent:/bin/false\n",
  ],
  ["etc/group", "root:x:0:\ndocker:x:998:\nnogroup:x:65534:\n"],
  ["etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"],
  ["etc/resolv.conf", "# A lab has no DNS: /etc/hosts names every node.\n"],
  // Without this containerd would spend seconds on its Kubernetes plugin.
  ["etc/containerd/config.toml", 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'],
];
