import { existsSync } from "node:fs";
import { chmod, copyFile, cp, mkdir, readFile, realpath, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ensureCachedFolder } from "./cached-folder.ts";
import type { DebianRoot } from "./debian-root.ts";
import { execute, run } from "./execute.ts";
import type { Progress } from "./private-apt.ts";
import { scriptsDir } from "./repository.ts";

/** The one image that containers of a lab run; there is no registry to pull from. */
export const listenerImage = "seawall/lab:latest";

/**
 * A tar for `docker import`: busybox for people who look around in the container, and perl for the
 * listener (busybox of Debian can neither listen on UDP nor on IPv4 and IPv6 with one socket).
 */
export async function ensureListenerImage(root: DebianRoot, progress: Progress): Promise<string> {
  const script = join(scriptsDir, "lab-listen.pl");
  const folder = await ensureCachedFolder(
    {
      shelf: "images",
      name: `listener-${root.suite}`,
      recipe: [await readFile(script, "utf8"), root.packages],
      build: async (staging) => {
        const content = join(staging, "content");
        await mkdir(content);
        await chmod(content, 0o755);
        await fill(content, root, script);
        const tar = join(staging, imageName);
        await run(["tar", "-c", "--numeric-owner", "-C", content, "-f", tar, "."]);
        await rm(content, { recursive: true });
      },
    },
    progress,
  );
  return join(folder, imageName);
}

const imageName = "image.tar";

async function fill(image: string, root: DebianRoot, script: string): Promise<void> {
  for (const folder of ["bin", "dev", "etc", "proc", "sys", "tmp", "usr/bin", "usr/lib"]) {
    await mkdir(join(image, folder), { recursive: true });
  }
  for (const link of ["lib", "lib64"]) await symlink("usr/lib", join(image, link));
  await copyFile(join(root.path, "usr/bin/busybox"), join(image, "bin/busybox"));
  for (const applet of applets) await symlink("busybox", join(image, "bin", applet));
  await copyFile(script, join(image, "bin/lab-listen"));
  await chmod(join(image, "bin/lab-listen"), 0o755);

  await copyFile(join(root.path, "usr/bin/perl"), join(image, "usr/bin/perl"));
  const listed = await execute(["ldd", join(root.path, "usr/bin/perl")]);
  const names = [...listed.stdout.matchAll(/(?:=> |\s)\/\S*?(?<name>[^/\s]+\.so[.\d]*) \(0x/g)];
  for (const match of names) {
    const name = match.groups?.["name"] ?? "";
    const source = await findLibrary(root, name);
    await copyFile(source, join(image, "usr/lib", name));
    await chmod(join(image, "usr/lib", name), 0o755);
  }
  const modules = join("usr/lib", triplet(), "perl-base");
  await mkdir(dirname(join(image, modules)), { recursive: true });
  await cp(join(root.path, modules), join(image, modules), { recursive: true });
}

/** ldd says which libraries by name; they have to come from the root, not from this machine. */
async function findLibrary(root: DebianRoot, name: string): Promise<string> {
  for (const folder of [join("usr/lib", triplet()), "usr/lib", "usr/lib64"]) {
    const path = join(root.path, folder, name);
    // An absolute link would lead out of the root; Debian's are relative.
    if (existsSync(path)) return realpath(path);
  }
  throw new Error(`${name} is not in ${root.path}`);
}

function triplet(): string {
  return process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
}

const applets = ["cat", "ip", "ls", "nc", "netstat", "ping", "ps", "sh", "sleep", "vi"];
