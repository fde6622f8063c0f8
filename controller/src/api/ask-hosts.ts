import { type HostDocument, matchesLabels, parseSelector } from "@seawall/policy";
import { againstNewest } from "../core/against-newest.ts";
import type { Fleet, UnbelievedHost } from "../fleet.ts";
import type { ObserveOutcome } from "./agent-sessions.ts";
import { hostDocuments } from "./documents.ts";
import { RequestRefused } from "./request-refused.ts";

/** Makes a connected host read its kernel now; resolves when it has answered or cannot. */
export type ObserveHost = (host: string) => Promise<ObserveOutcome>;

/** Which hosts a question is about. */
export interface HostsInQuestion {
  /** A label selector; empty: every host. */
  readonly selector: string;
  /** Empty: every host. */
  readonly host: string;
}

export interface AskedHost {
  /** As it is known after it was asked, measured against the newest revision. */
  readonly document: HostDocument;
  readonly outcome: ObserveOutcome;
}

/** Asks every selected host to look at itself now. @throws RequestRefused */
export async function askHosts(
  { selector: text, host }: HostsInQuestion,
  fleet: Fleet,
  observe: ObserveHost,
): Promise<{
  readonly asked: readonly AskedHost[];
  readonly unbelieved: readonly UnbelievedHost[];
}> {
  const selector = parseSelector(text);
  if (!selector.ok) throw new RequestRefused("InvalidRequest", selector.message);
  const isNamed = ({ name }: { readonly name: string }) => host === "" || name === host;
  const meant = fleet
    .hosts()
    .filter((one) => isNamed(one) && matchesLabels(selector.selector, one.labels));
  // Its labels are not known, so no selector can leave it out.
  const unbelieved = fleet.unbelievedHosts().filter(isNamed);
  if (host !== "" && meant.length + unbelieved.length === 0) {
    throw new RequestRefused("NotFound", `host "${host}" not found`);
  }
  const outcomes = new Map(
    await Promise.all(meant.map(async ({ name }) => [name, await observe(name)] as const)),
  );
  const asked = (await hostDocuments(fleet)).flatMap((document) => {
    const outcome = outcomes.get(document.metadata.name);
    return outcome === undefined ? [] : [{ document: againstNewest(document), outcome }];
  });
  return { asked, unbelieved };
}
