import type { RenderOptions } from "@seawall/agent/core";
import {
  type CompileHost,
  compile,
  type FleetPolicy,
  type HostView,
  type Labels,
  parseManifests,
  type ResolvedState,
  type Resource,
  resolve,
} from "@seawall/policy";
import { fleet, groups } from "./drawn-addresses.ts";
import { renderOnce } from "./render-once.ts";

/** What is drawn of one host and its policies; everything else follows from it. */
export interface DrawnHost {
  readonly documents: readonly object[];
  readonly view: HostView;
  readonly labels: Labels;
  /** In Audit every policy is. */
  readonly mode: CompileHost["mode"];
  readonly ipset: RenderOptions["ipset"];
}

/** The drawing is at fault, and nothing that is tested. */
export class InvalidManifestError extends Error {
  override readonly name = "InvalidManifestError";
}

export interface DrawnState {
  readonly state: ResolvedState;
  readonly policies: ReadonlyMap<string, FleetPolicy>;
  readonly ipset: RenderOptions["ipset"];
}

/** Drawn manifests on the way that real ones go: parse, compile, resolve. */
export function drawnState(host: DrawnHost): DrawnState {
  const { state, policies } = resolved(host);
  const { ipset } = host;
  return {
    ...{ state, policies },
    // Two large groups in one rule are more than a host takes without it.
    ipset: ipset === "missing" && renderOnce(state, ipset).kind === "refused" ? "available" : ipset,
  };
}

/** As `drawnState`, whatever the host has of ipset. */
export function resolved({ documents, view, labels, mode }: DrawnHost): Omit<DrawnState, "ipset"> {
  const resources = parsedOnce(documents);
  const policies = resources.filter((resource) => resource.kind === "FleetPolicy");
  const state = resolve(
    compile([...resources, ...groupResources], fleet, { name: "host", labels, mode }),
    view,
  );
  return { state, policies: new Map(policies.map((policy) => [policy.metadata.name, policy])) };
}

const known = new WeakMap<readonly object[], readonly Resource[]>();

/** A walk meets the same documents at many of its steps. */
function parsedOnce(documents: readonly object[]): readonly Resource[] {
  const resources = known.get(documents) ?? parsed(documents);
  known.set(documents, resources);
  return resources;
}

function parsed(documents: readonly object[]): readonly Resource[] {
  // A host without policies is one, and no manifest is none.
  if (documents.length === 0) return [];
  const files = documents.map((document, index) => ({
    name: `${String(index)}.yaml`,
    content: JSON.stringify(document),
  }));
  const { resources, issues } = parseManifests(files);
  const error = issues.find(({ severity }) => severity === "error");
  if (error !== undefined) throw new InvalidManifestError(`${error.path} ${error.message}`);
  return resources.map(({ resource }) => resource);
}

/** The same for every drawing, so read once. */
const groupResources = parsed(
  Object.entries(groups).map(([name, cidrs]) => ({
    apiVersion: "seawall/v1",
    kind: "AddressGroup",
    metadata: { name },
    spec: { cidrs },
  })),
);
