import { ensureDebianRoot } from "./debian-root.ts";
import { PackagesUnavailableError, type Progress } from "./private-apt.ts";

const request = {
  name: "systemd",
  suite: "trixie",
  packages: ["systemd", "bash", "coreutils"],
  closure: true,
};

/** A folder to `chroot` into for systemd's own programs, `systemd-analyze` above all; not to be written to. */
export async function systemdRoot(progress: Progress = () => undefined): Promise<string> {
  const result = await ensureDebianRoot(request, progress);
  if (result.kind === "unavailable") throw new PackagesUnavailableError(result.reason);
  return result.root.path;
}
