import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { completeRoot, prepareRoot } from "./complete-root.ts";
import { CommandError, exited } from "./execute.ts";
import { withFileLock } from "./file-lock.ts";
import {
  openPrivateApt,
  type PackageFile,
  PackagesUnavailableError,
  type Progress,
} from "./private-apt.ts";
import { cacheDir } from "./repository.ts";

/** A folder with Debian packages unpacked into it; nothing in it is ever run as an installer. */
export interface DebianRoot {
  readonly suite: string;
  readonly path: string;
  /** Exactly what was unpacked: package name to version. */
  readonly packages: Readonly<Record<string, string>>;
}

export interface DebianRootRequest {
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

/** Part of the folder's name: raise it when a change here makes old folders wrong. */
const recipe = 2;

/**
 * Gives the root for a request, fetching and unpacking it if it is not cached yet. Safe to call at
 * the same time from several processes. A cached root is used without touching the network.
 */
export async function ensureDebianRoot(
  request: DebianRootRequest,
  progress: Progress,
): Promise<DebianRootResult> {
  const { suite, packages, closure } = request;
  const hash = createHash("sha256")
    .update(JSON.stringify([recipe, process.arch, suite, packages, closure]))
    .digest("hex")
    .slice(0, 12);
  const roots = join(cacheDir, "roots");
  const path = join(roots, `${suite}-${hash}`);
  const manifest = `${path}.json`;
  // The manifest is written last, so where it is, the folder is complete.
  if (existsSync(manifest)) return readManifest(suite, path, manifest);

  const onWait = (): void => {
    progress(`waiting for another run that is fetching Debian ${suite}`);
  };
  return withFileLock(join(roots, `${suite}.lock`), onWait, async () => {
    if (existsSync(manifest)) return readManifest(suite, path, manifest);
    const fetched = await fetchPackages(request, progress);
    if ("reason" in fetched) return { kind: "unavailable", reason: fetched.reason };
    const { files } = fetched;
    const staging = await mkdtemp(join(roots, ".unpack-"));
    try {
      progress(`unpacking ${String(files.length)} packages of Debian ${suite}`);
      await unpackAll(files, staging);
      if (closure) await completeRoot(staging);
      await rm(path, { recursive: true, force: true });
      await rename(staging, path);
      await writeFile(`${manifest}.new`, `${JSON.stringify(versionsOf(files), undefined, 2)}\n`);
      await rename(`${manifest}.new`, manifest);
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
    await Promise.all(files.map((file) => rm(file.path, { force: true })));
    return readManifest(suite, path, manifest);
  });
}

async function fetchPackages(
  request: DebianRootRequest,
  progress: Progress,
): Promise<{ readonly files: readonly PackageFile[] } | { readonly reason: string }> {
  const { suite, packages, closure } = request;
  const apt = await openPrivateApt(suite, progress);
  try {
    const reason = request.accept?.(versionsOf(await apt.resolve(packages)));
    if (reason !== undefined) return { reason };
    progress(`fetching packages of Debian ${suite}${closure ? " (about 100 MB)" : ""}`);
    return { files: await apt.download(packages, closure) };
  } catch (error) {
    if (error instanceof PackagesUnavailableError) return { reason: error.message };
    throw error;
  }
}

async function readManifest(
  suite: string,
  path: string,
  manifest: string,
): Promise<DebianRootResult> {
  const parsed: unknown = JSON.parse(await readFile(manifest, "utf8"));
  if (typeof parsed !== "object" || parsed === null) throw new Error(`${manifest}: not an object`);
  const packages: Record<string, string> = {};
  for (const [name, version] of Object.entries(parsed)) packages[name] = String(version);
  return { kind: "ready", root: { suite, path, packages } };
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

/** `dpkg -x` would replace the link /lib -> usr/lib by a folder; tar can be told not to. */
async function unpack(deb: string, into: string): Promise<void> {
  const source = spawn("dpkg-deb", ["--fsys-tarfile", deb], { stdio: ["ignore", "pipe", "pipe"] });
  const tarArgv = ["-x", "-p", "--ignore-zeros", "--keep-directory-symlink", "--numeric-owner"];
  const target = spawn("tar", [...tarArgv, "-C", into], {
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
