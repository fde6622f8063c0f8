import { type DebianRoot, ensureDebianRoot } from "./debian-root.ts";
import { PackagesUnavailableError, type Progress } from "./private-apt.ts";

/** Docker engines that Debian packages: of its releases 12 and 13, and of unstable. */
export type Engine = "20.10" | "26.1" | "28.5";

export const engines: readonly Engine[] = ["20.10", "26.1", "28.5"];

/** What a lab runs when nobody asks for another engine. */
export const defaultEngine: Engine = "20.10";

const releases: Readonly<
  Record<Engine, { readonly suite: string; readonly packages: readonly string[] }>
> = {
  "20.10": { suite: "bookworm", packages: [] },
  "26.1": { suite: "trixie", packages: ["docker-cli"] },
  "28.5": { suite: "sid", packages: ["docker-cli", "tini-static"] },
};

const commonPackages = [
  "bash",
  "busybox-static",
  "conntrack",
  "coreutils",
  "docker.io",
  "ethtool",
  "findutils",
  "grep",
  "ipset",
  "iproute2",
  "iptables",
  "iputils-ping",
  "kmod",
  "libatomic1",
  "libstdc++6",
  "mount",
  "nftables",
  "perl-base",
  "procps",
  "python3-minimal",
  "sed",
  "tcpdump",
  "tini",
  "util-linux",
] as const;

export type EngineRootResult =
  | { readonly kind: "ready"; readonly root: DebianRoot; readonly version: string }
  | { readonly kind: "unavailable"; readonly engine: Engine; readonly reason: string };

/**
 * The root that a host with this engine runs in. Unstable moves on: when it has another version by
 * now, and none of the wanted one is cached, the answer is `unavailable` and tests skip, loudly.
 */
export async function ensureEngineRoot(
  engine: Engine,
  progress: Progress,
): Promise<EngineRootResult> {
  const { suite, packages } = releases[engine];
  const result = await ensureDebianRoot(
    {
      name: `docker-${engine}`,
      suite,
      packages: [...commonPackages, ...packages],
      closure: true,
      accept: (versions) => {
        const version = versions["docker.io"] ?? "none";
        if (version.startsWith(`${engine}.`)) return undefined;
        return `Debian ${suite} now has Docker ${version}, not ${engine}`;
      },
    },
    progress,
  );
  if (result.kind === "unavailable") return { ...result, engine };
  return { ...result, version: result.root.packages["docker.io"] ?? "unknown" };
}

/** An engine that tests asked for cannot be had on this machine today. */
export class EngineUnavailableError extends PackagesUnavailableError {
  override readonly name = "EngineUnavailableError";
  readonly engine: Engine;

  constructor(engine: Engine, reason: string) {
    super(`Docker ${engine} is unavailable: ${reason}`);
    this.engine = engine;
  }
}
