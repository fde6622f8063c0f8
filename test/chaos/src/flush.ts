import type { DockerHost } from "@seawall/lab";
import type { ChaosSite } from "./chaos-fleet.ts";
import { type Flush, takesDockersRules } from "./fault.ts";
import { programs, repaired } from "./repaired.ts";
import { now, type Span } from "./span.ts";
import { startDocker } from "./start-docker.ts";

/** What may have let packets pass on the host of a flush, and when. */
export interface Flushed {
  /** Nothing of ours was left to stop them. */
  readonly open?: Span;
  /** The guard was away: they passed where Docker, too, left out DOCKER-USER just then. */
  readonly unguarded?: Span;
}

/** Waits until the agent has put back what is ours, and has Docker put back what is Docker's. */
export async function flush({ host }: ChaosSite, what: Flush): Promise<Flushed> {
  const fromMs = now();
  await takeAway(host, what);
  await repaired(host);
  const span = { fromMs, toMs: now() };
  if (takesDockersRules(what)) {
    await host.stopDocker();
    await startDocker(host);
    await repaired(host);
  }
  return {
    ...(what === "every table" ? { open: span } : {}),
    ...(what === "the guard" ? { unguarded: span } : {}),
  };
}

async function takeAway(host: DockerHost, what: Flush): Promise<void> {
  const inBoth = async (...words: readonly string[]): Promise<void> => {
    // What is not there cannot be taken away: somebody else has been faster.
    for (const program of programs) await host.exec([program, "-w", ...words]);
  };
  switch (what) {
    case "DOCKER-USER":
      return inBoth("-F", "DOCKER-USER");
    case "the jump to DOCKER-USER":
      return inBoth("-D", "FORWARD", "-j", "DOCKER-USER");
    case "our chain in filter":
      return inBoth("-F", "SEAWALL");
    case "the guard":
      return inBoth("-t", "security", "-F", "FORWARD");
    case "INPUT":
      return inBoth("-F", "INPUT");
    case "our sets":
      await host.exec(["ipset", "flush"]);
      return;
    case "the filter tables":
      return inBoth("-F");
    case "every table":
      await host.run(["nft", "flush", "ruleset"]);
      return;
  }
}
