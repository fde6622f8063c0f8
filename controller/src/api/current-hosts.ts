import {
  type DesiredState,
  type FleetHost,
  factsOfHost,
  type HostDocument,
  type HostFacts,
  type Resource,
} from "@seawall/policy";
import { hostCompilerOf } from "../core/host-compiler.ts";
import type { Fleet } from "../fleet.ts";
import type { ObserveOutcome } from "./agent-sessions.ts";
import { askHosts, type HostsInQuestion, type ObserveHost } from "./ask-hosts.ts";
import { RequestRefused } from "./request-refused.ts";

/** A host as it said it is when asked a moment ago, and what the newest revision wants of it. */
export interface CurrentHost {
  readonly document: HostDocument;
  readonly facts: HostFacts;
  readonly desired: DesiredState;
  /** InSync: what it enforces is what is wanted. Else why it may not be. */
  readonly state: string;
  readonly message: string;
}

export interface CurrentHosts {
  /** Sorted by name. */
  readonly hosts: readonly CurrentHost[];
  /** Of these nothing is known. */
  readonly unknown: readonly { readonly name: string; readonly reason: string }[];
  readonly tree: readonly Resource[];
  readonly directory: readonly FleetHost[];
}

/** The selected hosts, each asked to look at itself now. */
export async function currentHosts(
  request: HostsInQuestion,
  fleet: Fleet,
  observe: ObserveHost,
): Promise<CurrentHosts> {
  const { asked, unbelieved } = await askHosts(request, fleet, observe);
  const tree = await fleet.tree(await fleet.newestRevision());
  const directory = fleet.directory();
  const compile = hostCompilerOf(tree, directory);
  if (compile === undefined) {
    throw new RequestRefused(
      "Conflict",
      "policies name hosts by label, and the record of a host is not believed, so what they mean is not known: see seawall get hosts",
    );
  }
  return {
    hosts: asked
      .filter(({ document }) => hasReported(document))
      .map(({ document, outcome }) => {
        const facts = factsOfHost(document);
        return { document, facts, desired: compile(facts).desired, ...sureness(document, outcome) };
      }),
    unknown: [
      ...asked
        .filter(({ document }) => !hasReported(document))
        .map(({ document }) => ({ name: document.metadata.name, reason: document.status.message })),
      ...unbelieved.map(({ name, message }) => ({ name, reason: message })),
    ],
    tree: [...tree.values()],
    directory: directory?.hosts ?? [],
  };
}

function hasReported({ status }: HostDocument): boolean {
  return status.reportAgeMs >= 0;
}

function sureness(
  { status }: HostDocument,
  outcome: ObserveOutcome,
): Pick<CurrentHost, "state" | "message"> {
  return outcome.ok
    ? { state: status.state, message: status.message }
    : {
        state: status.state === "InSync" ? "Stale" : status.state,
        message: `it did not answer now (${outcome.message}); this is from its last report`,
      };
}
