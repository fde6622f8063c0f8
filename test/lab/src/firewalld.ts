import { appendFile, mkdir } from "node:fs/promises";
import { ensureDebianRoot } from "./debian-root.ts";
import { eventually } from "./eventually.ts";
import type { LabNode } from "./lab-node.ts";
import { PackagesUnavailableError, type Progress } from "./private-apt.ts";

/** Firewalld with all that it needs, of the same release as the hosts: laid over their root, its libraries are theirs. */
export async function firewalldRoot(suite: string, progress: Progress): Promise<string> {
  const packages = ["dbus-daemon", "firewalld"];
  const request = { name: `firewalld-${suite}`, suite, packages, closure: true };
  const result = await ensureDebianRoot(request, progress);
  if (result.kind === "unavailable") throw new PackagesUnavailableError(result.reason);
  return result.root.path;
}

/** Resolves when `firewall-cmd` is answered. */
export async function startFirewalld(node: LabNode): Promise<void> {
  // As the installation of D-Bus would make it.
  await appendFile(node.path("/etc/passwd"), "messagebus:x:100:101::/nonexistent:/bin/false\n");
  await appendFile(node.path("/etc/group"), "messagebus:x:101:\n");
  await mkdir(node.path("/run/dbus"), { recursive: true });
  await node.run(["dbus-daemon", "--system", "--fork", "--nopidfile"]);
  const firewalld = await node.spawn(["firewalld", "--nofork", "--nopid"]);
  const answers = async (): Promise<boolean> => {
    if (!firewalld.isRunning()) throw new Error(`firewalld ended: ${await firewalld.output()}`);
    return (await node.exec(["firewall-cmd", "--state"])).code === 0;
  };
  await eventually(answers, { what: `firewalld on ${node.name}`, timeoutMs: 60_000 });
}
