import { hashRuleset, parseSave, planCommits, render } from "@seawall/agent/core";
import { compile, type Family, parseManifests, type ResolvedState, resolve } from "@seawall/policy";
import { groups, networks } from "./drawings.ts";

const groupManifests = Object.entries(groups).map(([name, cidrs]) => ({
  apiVersion: "seawall/v1",
  kind: "AddressGroup",
  metadata: { name },
  spec: { cidrs },
}));

/** Drawn manifests on the way that real ones go: parse, compile, resolve. */
export function drawnState(documents: readonly object[]): ResolvedState {
  const content = [...documents, ...groupManifests]
    .map((document) => JSON.stringify(document))
    .join("\n---\n");
  const { resources, issues } = parseManifests([{ name: "drawn.yaml", content }]);
  const error = issues.find(({ severity }) => severity === "error");
  if (error !== undefined)
    throw new Error(`a drawing is no valid manifest: ${error.path} ${error.message}`);
  const desired = compile(
    resources.map(({ resource }) => resource),
    { name: "host", labels: {}, addresses: [] },
  );
  return resolve(desired, networks);
}

/** The filter table of a host that has Docker's chain and nothing of ours. */
export const dockerTable =
  "*filter\n:FORWARD ACCEPT [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\nCOMMIT\n";

/** What the agent would hand to iptables-restore on such a host; empty where nothing is needed. */
export function restoreTexts(state: ResolvedState): Readonly<Record<Family, string>> {
  const rendered = render(state);
  if (rendered.kind === "refused") throw new Error(rendered.problems.join("; "));
  const observed = parseSave(dockerTable);
  const commits = planCommits(
    hashRuleset(rendered.ruleset),
    { IPv4: observed, IPv6: observed },
    {},
  );
  const text = (family: Family) => commits.find((commit) => commit.family === family)?.text ?? "";
  return { IPv4: text("IPv4"), IPv6: text("IPv6") };
}
