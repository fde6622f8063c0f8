import type {
  AddressGroup,
  AddressGroupDocument,
  FleetPolicy,
  HostDocument,
  Labels,
  PolicyDocument,
  Resource,
  RevisionDocument,
} from "@seawall/policy";
import { matchesLabels } from "@seawall/policy";
import type { ResourceTree } from "../core/change-set.ts";
import { groupsOf } from "../core/groups-of.ts";
import { hostDocument, networkDocuments } from "../core/host-document.ts";
import type { Fleet, RevisionRecord, UnbelievedRevision } from "../fleet.ts";

/** Any document that `get` can answer with. */
export interface Document {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Labels | undefined };
}

export const documentKinds = [
  "Host",
  "FleetPolicy",
  "AddressGroup",
  "Revision",
  "Network",
] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** All documents of a kind, sorted by name (revisions by number, newest first). */
export async function documentsOf(kind: DocumentKind, fleet: Fleet): Promise<readonly Document[]> {
  switch (kind) {
    case "Host":
      return await hostDocuments(fleet);
    case "Network":
      return byName((await hostDocuments(fleet)).flatMap(networkDocuments));
    case "FleetPolicy":
    case "AddressGroup":
      return byName(await resourceDocuments(kind, fleet));
    case "Revision":
      return revisionDocuments(await fleet.revisions(), fleet.currentRevision());
  }
}

export async function hostDocuments(fleet: Fleet): Promise<readonly HostDocument[]> {
  const hosts = await fleet.knownHosts();
  return byName(hosts.map(({ host, known }) => hostDocument(host, known)));
}

async function resourceDocuments(kind: "FleetPolicy" | "AddressGroup", fleet: Fleet) {
  const tree = await fleet.tree(await fleet.newestRevision());
  const hosts = await hostDocuments(fleet);
  const documents: Document[] = [];
  for (const resource of tree.values()) {
    if (resource.kind !== kind) continue;
    if (resource.kind === "FleetPolicy") documents.push(policyDocument(resource, hosts));
    if (resource.kind === "AddressGroup") documents.push(groupDocument(resource, tree));
  }
  return documents;
}

function policyDocument(policy: FleetPolicy, hosts: readonly HostDocument[]): PolicyDocument {
  const selected = hosts.filter((host) =>
    matchesLabels(policy.spec.hostSelector, host.metadata.labels ?? {}),
  );
  const inSync = selected.filter((host) => host.status.state === "InSync").length;
  const here = selected
    .flatMap((host) => host.status.policies)
    .filter(({ name }) => name === policy.metadata.name);
  return {
    ...plain(policy),
    kind: "FleetPolicy",
    status: {
      hosts: selected.length,
      inSync,
      networks: here.reduce((sum, { networks }) => sum + networks.length, 0),
      reason: policyReason(selected, inSync, here),
    },
  };
}

// What every selected host has to show before a policy may be called enforced.
function policyReason(
  selected: readonly HostDocument[],
  inSync: number,
  here: HostDocument["status"]["policies"],
): string {
  if (selected.length === 0) return "SelectsNoHost";
  if (inSync === selected.length) {
    const worst = ["PartiallyEnforced", "Audited"].find((word) =>
      here.some(({ reason }) => reason === word),
    );
    if (worst !== undefined) return worst;
    return here.every(({ networks }) => networks.length === 0) ? "SelectsNoNetwork" : "Enforced";
  }
  return selected.every(({ status }) => status.state === "InSync" || status.state === "Applying")
    ? "Progressing"
    : "Degraded";
}

function groupDocument(group: AddressGroup, tree: ResourceTree): AddressGroupDocument {
  const { name } = group.metadata;
  const policies = [...tree.values()]
    .filter((resource) => resource.kind === "FleetPolicy" && groupsOf(resource).includes(name))
    .map((resource) => resource.metadata.name)
    .sort();
  return {
    ...plain(group),
    kind: "AddressGroup",
    spec: { cidrs: [...group.spec.cidrs] },
    status: { cidrs: group.spec.cidrs.length, policies },
  };
}

function revisionDocuments(
  revisions: readonly (RevisionRecord | UnbelievedRevision)[],
  current: number,
): readonly RevisionDocument[] {
  const trees = new Map<number, Tree>([[0, {}]]);
  for (const revision of revisions) {
    if (!("unbelieved" in revision)) trees.set(revision.number, revision.tree);
  }
  return revisions.map((revision) =>
    "unbelieved" in revision
      ? unbelievedDocument(revision, current)
      : revisionDocument(revision, trees.get(revision.parent), current),
  );
}

/** Without its parent's tree, what it changed is not known. */
function revisionDocument(
  revision: RevisionRecord,
  before: Tree | undefined,
  current: number,
): RevisionDocument {
  const { number, parent, author, message, time, tree } = revision;
  return {
    apiVersion: "seawall/v1",
    kind: "Revision",
    metadata: { name: String(number), creationTimestamp: time },
    spec: { parent, author, message, tree: { ...tree } },
    status: {
      current: number === current,
      ...(before === undefined ? {} : treeChanges(before, tree)),
    },
  };
}

function unbelievedDocument(
  { number, unbelieved }: UnbelievedRevision,
  current: number,
): RevisionDocument {
  return {
    apiVersion: "seawall/v1",
    kind: "Revision",
    metadata: { name: String(number) },
    spec: { parent: number - 1, author: "", message: "", tree: {} },
    status: { current: number === current, unbelieved },
  };
}

type Tree = RevisionRecord["tree"];

function treeChanges(before: Tree, after: Tree) {
  const keys = Object.keys(after);
  return {
    created: keys.filter((key) => !(key in before)).sort(),
    configured: keys.filter((key) => key in before && before[key] !== after[key]).sort(),
    deleted: Object.keys(before)
      .filter((key) => !(key in after))
      .sort(),
  };
}

// Documents are open for fields of later versions; resources are exact.
function plain(resource: Resource) {
  const { metadata, spec } = resource;
  return {
    apiVersion: "seawall/v1" as const,
    metadata: {
      name: metadata.name,
      ...(metadata.labels === undefined ? {} : { labels: { ...metadata.labels } }),
      ...(metadata.annotations === undefined ? {} : { annotations: { ...metadata.annotations } }),
    },
    spec: { ...spec },
  };
}

function byName<D extends Document>(documents: readonly D[]): readonly D[] {
  return documents.toSorted((a, b) => compare(a.metadata.name, b.metadata.name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
