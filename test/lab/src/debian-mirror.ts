import { access, readFile } from "node:fs/promises";
import { run } from "./execute.ts";
import { UnfitMachineError } from "./unfit-machine.ts";

/** Where this machine gets its Debian packages from, and the key that it trusts for them. */
export interface DebianMirror {
  readonly uri: string;
  readonly keyring: string;
  readonly architecture: string;
}

function notDebian(reason: string): UnfitMachineError {
  return new UnfitMachineError(
    `the lab needs Debian packages and ${reason}. Run it on Debian 12 or newer, or set ` +
      "SEAWALL_LAB_MIRROR to the URI of a Debian mirror (the one that holds dists/ and pool/).",
  );
}

const keyrings = [
  "/usr/share/keyrings/debian-archive-keyring.pgp",
  "/usr/share/keyrings/debian-archive-keyring.gpg",
];

/**
 * Reads the machine's own apt configuration, so that a local mirror or proxy is used here too.
 * Indexes need not have been fetched: on a minimal image only the sources are there.
 */
export async function findDebianMirror(): Promise<DebianMirror> {
  const osRelease = await readFile("/etc/os-release", "utf8").catch(() => "");
  const keyring = await firstReadable(keyrings);
  if (!/^ID(_LIKE)?=.*\bdebian\b/m.test(osRelease) || keyring === undefined) {
    throw notDebian("this is not a Debian machine");
  }
  const architecture = (await run(["dpkg", "--print-architecture"])).trim();
  const override = process.env["SEAWALL_LAB_MIRROR"];
  if (override !== undefined && override !== "") return { uri: override, keyring, architecture };

  const codename = /^VERSION_CODENAME=(?<name>\w+)/m.exec(osRelease)?.groups?.["name"];
  const format = "$(RELEASE)|$(COMPONENT)|$(REPO_URI)";
  // With release information apt would be silent about indexes that were never fetched.
  const argv = ["apt-get", "indextargets", "--no-release-info", "--format", format];
  // Or apt would take the chance to write its caches into /var.
  for (const cache of ["pkgcache", "srcpkgcache"]) argv.push("-o", `Dir::Cache::${cache}=`);
  const targets = await run([...argv, "Created-By: Packages"]);
  const rows = targets
    .split("\n")
    .map((line) => line.split("|"))
    .map(([release = "", component = "", uri = ""]) => ({ release, component, uri }))
    // Security, updates and backports live beside the suite and lack most packages.
    .filter((row) => row.component === "main" && /^[a-z]+$/.test(row.release) && row.uri !== "");
  const best =
    rows.find((row) => /\/debian(\.list)?\/*$/.test(row.uri)) ??
    rows.find((row) => row.release === codename);
  if (best === undefined) throw notDebian("apt is not configured with a Debian mirror");
  return { uri: best.uri, keyring, architecture };
}

async function firstReadable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}
