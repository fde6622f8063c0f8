import { access, readFile } from "node:fs/promises";
import { run } from "./execute.ts";

/** Where this machine gets its Debian packages from, and the key that it trusts for them. */
export interface DebianMirror {
  readonly uri: string;
  readonly keyring: string;
  readonly architecture: string;
}

/** The machine cannot provide Debian packages; the message says what to do. */
export class NotDebianError extends Error {
  constructor(reason: string) {
    super(
      `the lab needs Debian packages and ${reason}. Run it on Debian 12 or newer, or set ` +
        "SEAWALL_LAB_MIRROR to the URI of a Debian mirror (the one that holds dists/ and pool/).",
    );
    this.name = "NotDebianError";
  }
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
    throw new NotDebianError("this is not a Debian machine");
  }
  const architecture = (await run(["dpkg", "--print-architecture"])).trim();
  const override = process.env["SEAWALL_LAB_MIRROR"];
  if (override !== undefined && override !== "") return { uri: override, keyring, architecture };

  const format = "$(ORIGIN)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)";
  const targets = await run([
    "apt-get",
    "indextargets",
    "--format",
    format,
    "Created-By: Packages",
  ]);
  const rows = targets
    .split("\n")
    .map((line) => line.split("|"))
    .map(([origin = "", release = "", component = "", uri = ""]) => ({
      origin,
      release,
      component,
      uri,
    }))
    // Security, updates and backports live beside the suite and lack most packages.
    .filter((row) => row.component === "main" && /^[a-z]+$/.test(row.release) && row.uri !== "");
  const best =
    rows.find((row) => row.origin === "Debian") ??
    rows.find((row) => row.origin === "" && /\/debian\/?$/.test(row.uri));
  if (best === undefined) throw new NotDebianError("apt is not configured with a Debian mirror");
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
