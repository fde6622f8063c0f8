import { spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ensureCachedFolder } from "./cached-folder.ts";
import { completeRoot, prepareRoot } from "./complete-root.ts";
import { CommandError, exited } from "./execute.ts";
import {
  type PackageFile,
  PackagesUnavailableError,
  type Progress,
  withPrivateApt,
} from "./private-apt.ts";

/** A folder with Debian packages unpacked into it; nothing in it is ever run as an installer. */
export interface DebianRoot {
  readonly suite: string;
  readonly path: string;
  /** Exactly what was unpacked: package name to version. */
  readonly packages: Readonly<Record<string, string>>;
}

export interface DebianRootRequest {
  /** What the root is for; part of its folder's name. */
  readonly name: string;
  readonly suite: string;
  readonly packages: readonly string[];
  /** Also what the packages depend on, so that programs in the root can run there. */
  readonly closure: boolean;
  /** Looks at the versions before anything is fetched; returns why they will not do. */
  readonly accept?: (versions: Readonly<Record<string, string>>) => string | undefined;
}

export type DebianRootResult =
  | { readonly kind: "ready"; readonly root: DebianRoot }
  | { readonly kind: "unavailable"; readonly reason: string };

/** Raise it when a change here makes old folders wrong. */
const recipe = 4;

/**
 * Gives the root for a request, fetching and unpacking it if it is not cached yet. A cached root is
 * used without touching the network.
 */
export async function ensureDebianRoot(
  request: DebianRootRequest,
  progress: Progress,
): Promise<DebianRootResult> {
  const { name, suite, packages, closure } = request;
  try {
    const folder = await ensureCachedFolder(
      {
        shelf: "roots",
        name,
        recipe: [recipe, process.arch, suite, packages, closure],
        build: (staging) => buildRoot(request, staging, progress),
      },
      progress,
    );
    const root = { suite, path: join(folder, "root"), packages: await readManifest(folder) };
    return { kind: "ready", root };
  } catch (error) {
    if (!(error instanceof PackagesUnavailableError)) throw error;
    return { kind: "unavailable", reason: error.message };
  }
}

async function buildRoot(
  request: DebianRootRequest,
  folder: string,
  progress: Progress,
): Promise<void> {
  const { suite, packages, closure } = request;
  await withPrivateApt(suite, progress, async (apt) => {
    const reason = request.accept?.(versionsOf(await apt.resolve(packages)));
    if (reason !== undefined) throw new PackagesUnavailableError(reason);
    const files = await apt.download(packages, closure);
    progress(`unpacking Debian ${suite}`);
    const root = join(folder, "root");
    await mkdir(root);
    await unpackAll(files, root);
    if (closure) await completeRoot(root);
    const manifest = JSON.stringify(versionsOf(files), undefined, 2);
    await writeFile(join(folder, manifestName), `${manifest}\n`);
    await Promise.all(files.map((file) => rm(file.path, { force: true })));
  });
}

const manifestName = "packages.json";

async function readManifest(folder: string): Promise<Readonly<Record<string, string>>> {
  const path = join(folder, manifestName);
  const parsed: unknown = JSON.parse(await readFile(path, "utf8"));
  if (typeof parsed !== "object" || parsed === null) throw new Error(`${path}: not an object`);
  const packages: Record<string, string> = {};
  for (const [name, version] of Object.entries(parsed)) packages[name] = String(version);
  return packages;
}

function versionsOf(files: readonly PackageFile[]): Readonly<Record<string, string>> {
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return Object.fromEntries(sorted.map((file) => [file.name, file.version]));
}

async function unpackAll(files: readonly PackageFile[], into: string): Promise<void> {
  const queue = [...files];
  const worker = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      await unpack(file.path, into);
    }
  };
  // The merged /usr has to be there first: packages of Debian 12 still ship /bin and /lib.
  await prepareRoot(into);
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** Half of all files. Nodes run with LANG=C.UTF-8, which is not among the locales here. */
const unread = ["usr/share/doc", "usr/share/info", "usr/share/locale", "usr/share/man"];

/** `dpkg -x` would replace the link /lib -> usr/lib by a folder; tar can be told not to. */
async function unpack(deb: string, into: string): Promise<void> {
  const source = spawn("dpkg-deb", ["--fsys-tarfile", deb], { stdio: ["ignore", "pipe", "pipe"] });
  const tarArgv = ["-x", "-p", "--ignore-zeros", "--keep-directory-symlink", "--numeric-owner"];
  const argv = [...tarArgv, ...unread.map((folder) => `--exclude=./${folder}/*`), "-C", into];
  const target = spawn("tar", argv, {
    stdio: [source.stdout, "ignore", "pipe"],
  });
  // Only tar may hold the reading end, or dpkg-deb would never see it close.
  source.stdout.destroy();
  const errors: Buffer[] = [];
  source.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  target.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  const [from, to] = await Promise.all([exited(source), exited(target)]);
  if (from === 0 && to === 0) return;
  const stderr = Buffer.concat(errors).toString();
  const code = from === 0 ? to : from;
  throw new CommandError(["unpack", deb], { code, stdout: "", stderr, timedOut: false });
}
