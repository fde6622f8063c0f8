import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DebianMirror, findDebianMirror } from "./debian-mirror.ts";
import { CommandError, type ExecResult, execute } from "./execute.ts";
import { withFileLock } from "./file-lock.ts";
import { cacheDir } from "./repository.ts";

/** Reports what a long step is doing, one line of words at a time. */
export type Progress = (line: string) => void;

/** Packages of a suite cannot be had from here, today. */
export class PackagesUnavailableError extends Error {
  override readonly name: string = "PackagesUnavailableError";
}

/** A package as apt would fetch it. */
export interface PackageFile {
  readonly name: string;
  readonly version: string;
  /** In bytes. */
  readonly size: number;
  readonly path: string;
}

/**
 * An apt of our own for one Debian suite: its state, cache and sources are below `.cache`, its list
 * of installed packages is empty, and nothing of the machine's apt is changed. The machine's
 * apt.conf.d is read (proxies are set there), its hooks are not.
 */
export interface PrivateApt {
  /** What installing `packages` on an empty machine would fetch, in no particular order. */
  resolve(packages: readonly string[]): Promise<readonly PackageFile[]>;
  /** Fetches `packages`; with `closure`, all that they depend on as well. */
  download(packages: readonly string[], closure: boolean): Promise<readonly PackageFile[]>;
}

/** Hands such an apt to `action`; of one suite only one at a time is in use. */
export async function withPrivateApt<T>(
  suite: string,
  progress: Progress,
  action: (apt: PrivateApt) => Promise<T>,
): Promise<T> {
  const mirror = await findDebianMirror();
  const home = join(cacheDir, "apt", suite);
  const onWait = (): void => {
    progress(`waiting for another run that is fetching Debian ${suite}`);
  };
  return withFileLock(`${home}.lock`, onWait, async () =>
    action(await openPrivateApt(suite, home, mirror, progress)),
  );
}

async function openPrivateApt(
  suite: string,
  home: string,
  mirror: DebianMirror,
  progress: Progress,
): Promise<PrivateApt> {
  const { archives, empty, config } = await layOut(suite, home, mirror);
  const apt = async (args: readonly string[], onLine?: (line: string) => void) =>
    execute([...diesWithUs, "apt-get", "-c", config, ...args], {
      timeoutMs: 3_600_000,
      cwd: archives,
      ...(onLine === undefined ? {} : { onStdoutLine: onLine }),
    });

  progress(`reading the package list of Debian ${suite} (about 10 MB)`);
  const update = await apt(["update", "--error-on=any"]);
  // An old list is as good as a new one as long as the files it names are still there.
  if (update.code !== 0)
    progress(`could not refresh it, using what is cached: ${complaint(update)}`);

  const resolve = async (packages: readonly string[]): Promise<readonly PackageFile[]> => {
    // With an archive folder that stays empty, or apt leaves out what it has fetched already.
    const argv = ["--yes", "-o", `Dir::Cache::archives=${empty}`, "--print-uris", "install"];
    argv.push(...packages);
    const result = await apt(argv);
    if (result.code !== 0) throw unavailable(suite, argv, update, result);
    return parseUris(result.stdout, archives);
  };
  return {
    resolve,
    download: async (packages, closure) => {
      const all = await resolve(packages);
      const wanted = closure ? all : all.filter((file) => packages.includes(file.name));
      const argv = closure
        ? ["--yes", "--download-only", "install", ...packages]
        : ["--yes", "download", ...packages];
      const result = await apt(argv, countFetched(suite, wanted, progress));
      if (result.code !== 0) throw unavailable(suite, argv, update, result);
      return wanted;
    },
  };
}

/** A killed run must not leave an apt behind that holds the locks of the next one. */
const diesWithUs = ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--"];

/** Says how much is to come, and from time to time how much has come. */
function countFetched(
  suite: string,
  files: readonly PackageFile[],
  progress: Progress,
): (line: string) => void {
  const megabytes = Math.ceil(files.reduce((sum, file) => sum + file.size, 0) / 1e6);
  const total = files.length === 1 ? "1 package" : `${String(files.length)} packages`;
  progress(`fetching ${total} of Debian ${suite} (${String(megabytes)} MB)`);
  let fetched = 0;
  let said = Date.now();
  return (line) => {
    if (!line.startsWith("Get:")) return;
    fetched += 1;
    if (Date.now() - said < 5000) return;
    said = Date.now();
    progress(`fetching: ${String(fetched)} of ${total} of Debian ${suite}`);
  };
}

interface Layout {
  readonly archives: string;
  readonly empty: string;
  readonly config: string;
}

async function layOut(suite: string, home: string, mirror: DebianMirror): Promise<Layout> {
  const archives = join(home, "cache", "archives");
  const empty = join(home, "cache", "empty");
  for (const folder of [join(home, "state", "lists"), archives, empty]) {
    await mkdir(join(folder, "partial"), { recursive: true });
  }
  const sources = join(home, "debian.sources");
  const config = join(home, "apt.conf");
  await writeFile(join(home, "status"), "");
  await writeFile(
    sources,
    [
      "Types: deb",
      `URIs: ${mirror.uri}`,
      `Suites: ${suite}`,
      "Components: main",
      `Architectures: ${mirror.architecture}`,
      `Signed-By: ${mirror.keyring}`,
      "",
    ].join("\n"),
  );
  await writeFile(config, aptConfiguration(home, sources));
  return { archives, empty, config };
}

function aptConfiguration(home: string, sources: string): string {
  return [
    "#clear APT::Update::Pre-Invoke;",
    "#clear APT::Update::Post-Invoke;",
    "#clear APT::Update::Post-Invoke-Success;",
    "#clear DPkg::Pre-Install-Pkgs;",
    "#clear DPkg::Pre-Invoke;",
    "#clear DPkg::Post-Invoke;",
    `Dir::State "${home}/state";`,
    `Dir::State::status "${home}/status";`,
    `Dir::Cache "${home}/cache";`,
    // Two seconds of a processor for each apt-get that follows; images of Debian for containers do without.
    'Dir::Cache::pkgcache "pkgcache.bin";',
    'Dir::Cache::srcpkgcache "";',
    'Dir::Log "/dev/null";',
    `Dir::Etc::sourcelist "${sources}";`,
    'Dir::Etc::sourceparts "/dev/null";',
    'Dir::Etc::preferences "/dev/null";',
    'Dir::Etc::preferencesparts "/dev/null";',
    // The sandbox user of apt may not be able to reach a private folder.
    'APT::Sandbox::User "root";',
    'APT::Install-Recommends "false";',
    'APT::Get::AllowUnauthenticated "false";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    "",
  ].join("\n");
}

/** Lines look like `'http://…/x_1.0_amd64.deb' x_1%3a1.0_amd64.deb 1234 SHA256:…`. */
function parseUris(stdout: string, archives: string): readonly PackageFile[] {
  const files: PackageFile[] = [];
  for (const line of stdout.split("\n")) {
    const match = /^'[^']+' (?<file>\S+\.deb) (?<size>\d+)/.exec(line);
    const file = match?.groups?.["file"];
    if (file === undefined) continue;
    const [name = "", version = ""] = file.split("_");
    files.push({
      name,
      version: decodeURIComponent(version),
      size: Number(match?.groups?.["size"]),
      path: join(archives, file),
    });
  }
  return files;
}

/** Of all that apt complains about, the first tells most: the last only sums up. */
function complaint(result: ExecResult): string {
  const lines = (result.stderr.trim() || result.stdout.trim()).split("\n");
  return lines.find((line) => /^[EW]: /.test(line)) ?? lines.at(-1) ?? "";
}

function unavailable(
  suite: string,
  argv: readonly string[],
  update: ExecResult,
  result: ExecResult,
): PackagesUnavailableError {
  const why =
    update.code === 0
      ? complaint(result)
      : `its package list could not be fetched (${complaint(update)}); a first start needs the ` +
        "network and a mirror that is up to date, later starts do not";
  const cause = new CommandError(["apt-get", ...argv], result);
  return new PackagesUnavailableError(`cannot get packages of Debian ${suite}: ${why}`, { cause });
}
