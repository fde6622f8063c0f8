import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, realpath, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ensureCachedFolder } from "./cached-folder.ts";
import type { DebianRoot } from "./debian-root.ts";
import { execute, run } from "./execute.ts";
import type { Progress } from "./private-apt.ts";
import { repositoryDir } from "./repository.ts";

/** Raise it when a change here makes old layers wrong. */
const recipe = 1;

/**
 * A layer that is laid over a root: this machine's node as `/usr/local/bin/node`, the libraries it
 * needs where the root has none, and the `seawall` command. When the root's C library is older than
 * the one node was built for, the machine's C library takes its place: newer ones run old programs.
 */
export async function ensureNodeLayer(root: DebianRoot, progress: Progress): Promise<string> {
  const node = await realpath(process.execPath);
  const libc = root.packages["libc6"] ?? "";
  return ensureCachedFolder(
    {
      shelf: "layers",
      name: `node-${root.suite}`,
      recipe: [recipe, node, process.version, libc, root.suite, repositoryDir],
      build: async (layer) => {
        progress(`preparing node ${process.version} for hosts of Debian ${root.suite}`);
        await buildLayer(layer, node, root);
      },
    },
    progress,
  );
}

async function buildLayer(layer: string, node: string, root: DebianRoot): Promise<void> {
  const bin = join(layer, "usr/local/bin");
  await mkdir(bin, { recursive: true });
  await copyFile(node, join(bin, "node"));
  await chmod(join(bin, "node"), 0o755);
  const seawall = join(repositoryDir, "cli/bin/seawall.js");
  await writeFile(join(bin, "seawall"), `#!/bin/sh\nexec /usr/local/bin/node '${seawall}' "$@"\n`);
  await chmod(join(bin, "seawall"), 0o755);

  for (const library of await librariesOf(node)) {
    const inRoot = join(root.path, merged(library));
    if (!existsSync(inRoot)) await copyInto(layer, library);
  }
  if (await runsIn(layer, root)) return;
  for (const library of await cLibrary()) await copyInto(layer, library);
  if (await runsIn(layer, root)) return;
  // Last resort: everything node links to, newer than what the root has.
  for (const library of await librariesOf(node)) await copyInto(layer, library);
  if (await runsIn(layer, root)) return;
  throw new Error(
    `this machine's ${node} does not run on Debian ${root.suite}, even with its own libraries; ` +
      "use a node from nodejs.org, or an engine of the release that this machine runs",
  );
}

/** Absolute paths of the shared libraries that a program links to, as the loader finds them. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await execute(["ldd", program]);
  const paths: string[] = [];
  for (const line of stdout.split("\n")) {
    const path = /(?:=> |^\s+)(?<path>\/\S+) \(0x/.exec(line)?.groups?.["path"];
    if (path !== undefined) paths.push(path);
  }
  return paths;
}

/** All of the machine's C library: its parts do not mix with those of another version. */
async function cLibrary(): Promise<readonly string[]> {
  const listed = await run(["dpkg", "-L", "libc6"]);
  return listed.split("\n").filter((path) => /\/lib.*\.so[.\d]*$/.test(path));
}

async function copyInto(layer: string, library: string): Promise<void> {
  const target = join(layer, merged(library));
  await mkdir(dirname(target), { recursive: true });
  await copyFile(await realpath(library), target);
  await chmod(target, 0o755);
}

/** /lib and /lib64 are links into /usr in every root; a real folder in a layer would hide them. */
function merged(path: string): string {
  return path.startsWith("/lib") ? `/usr${path}` : path;
}

/** Tries node with the libraries that it would see in the merged root. */
async function runsIn(layer: string, root: DebianRoot): Promise<boolean> {
  const { triplet, loader } = platform();
  const bases = [layer, root.path];
  const folders = bases.flatMap((base) => [join(base, "usr/lib", triplet), join(base, "usr/lib")]);
  const loaderPath = bases
    .flatMap((base) => [join(base, "usr/lib", triplet, loader), join(base, "usr/lib64", loader)])
    .find((path) => existsSync(path));
  if (loaderPath === undefined) return false;
  const node = join(layer, "usr/local/bin/node");
  const argv = [loaderPath, "--library-path", folders.join(":"), node, "--version"];
  return (await execute(argv)).code === 0;
}

function platform(): { readonly triplet: string; readonly loader: string } {
  if (process.arch === "arm64") {
    return { triplet: "aarch64-linux-gnu", loader: "ld-linux-aarch64.so.1" };
  }
  return { triplet: "x86_64-linux-gnu", loader: "ld-linux-x86-64.so.2" };
}
