import { didYouMean } from "./did-you-mean.ts";
import { type FieldPath, formatPath } from "./field-path.ts";
import type { Issue, Place } from "./issue.ts";
import { quoted } from "./quoted.ts";
import { type ManifestFile, readYaml, type YamlDocument } from "./read-yaml.ts";
import { isResourceKind, manifestSchemas, type Resource, resourceKey } from "./resource.ts";
import { schemaIssues } from "./schema-issues.ts";

export const manifestLimits = {
  /** Bytes of one file. */
  file: 1024 * 1024,
  /** Bytes of one object as JSON. */
  object: 256 * 1024,
  /** Objects in one call, and in the fleet. */
  objects: 2000,
} as const;

export interface ParsedResource {
  readonly resource: Resource;
  /** Where the value at this path stands in its file, or the nearest thing around it. */
  readonly locate: (path: FieldPath) => Place;
}

export interface ParsedManifests {
  /** Those that are valid by themselves; issues may tell of others. */
  readonly resources: readonly ParsedResource[];
  /** In the order of the files and of the places in them. */
  readonly issues: readonly Issue[];
}

/** Nobody reads more at once. */
const MOST_ISSUES = 100;

const API_VERSION = "seawall/v1";
const KINDS = Object.keys(manifestSchemas);

/** Kinds that exist and are not written as manifests. */
const OTHER_KINDS: Readonly<Record<string, string>> = {
  Host: "hosts join with a token and are labelled with: seawall label host NAME KEY=VALUE",
  Network: "networks are read from the hosts; select them with networkSelector in a FleetPolicy",
  Revision: "revisions are written by the controller; apply the objects themselves",
  Rollout: "rollouts are written by the controller; apply the objects themselves",
};

/** Reads files of any number of YAML documents. Whatever is wrong in them is an issue with its place; nothing throws. */
export function parseManifests(files: readonly ManifestFile[]): ParsedManifests {
  if (files.length === 0) {
    return {
      resources: [],
      issues: [
        {
          severity: "error",
          path: "",
          message:
            "no manifests: give at least one file, or a directory with .yaml, .yml or .json files",
        },
      ],
    };
  }
  const read = files.map(parseFile);
  const resources = read.flatMap((file) => file.resources);
  const issues = [...read.flatMap((file) => file.issues), ...repeatedObjects(resources)];
  const over = resources[manifestLimits.objects];
  if (over !== undefined) {
    issues.push(
      errorAt(
        over.locate([]),
        [],
        `is object ${String(manifestLimits.objects + 1)}: at most ${String(manifestLimits.objects)} objects are taken`,
      ),
    );
  }
  return { resources, issues: firstOf(inFileOrder(files, issues)) };
}

function parseFile(file: ManifestFile): ParsedManifests {
  const start: Place = { file: file.name, line: 1, column: 1 };
  const size = Buffer.byteLength(file.content);
  if (size > manifestLimits.file) {
    return {
      resources: [],
      issues: [
        errorAt(
          start,
          [],
          `has ${String(size)} bytes: a file may have at most ${String(manifestLimits.file)}; split it`,
        ),
      ],
    };
  }
  const { documents, issues } = readYaml(file);
  const filled = documents.filter((document) => document.value !== undefined);
  if (filled.length === 0 && issues.length === 0) {
    return {
      resources: [],
      issues: [errorAt(start, [], "holds no objects: write one, or leave the file out")],
    };
  }
  const parsed = filled.map(parseDocument);
  return {
    resources: parsed.flatMap((document) => document.resources),
    issues: [...issues, ...parsed.flatMap((document) => document.issues)],
  };
}

function parseDocument(document: YamlDocument): ParsedManifests {
  const refused = (path: FieldPath, message: string): ParsedManifests => ({
    resources: [],
    issues: [errorAt(document.locate(path), path, message)],
  });
  const { value } = document;
  if (!isMapping(value)) {
    return refused([], "must be a mapping with apiVersion, kind, metadata and spec");
  }
  const size = Buffer.byteLength(JSON.stringify(value));
  if (size > manifestLimits.object) {
    return refused(
      [],
      `has ${String(size)} bytes: an object may have at most ${String(manifestLimits.object)}; split it`,
    );
  }
  const apiVersion = value["apiVersion"];
  if (apiVersion !== API_VERSION) {
    return refused(
      ["apiVersion"],
      apiVersion === undefined
        ? `is required: ${API_VERSION}`
        : `must be ${API_VERSION}, got ${quoted(apiVersion)}`,
    );
  }
  const kind = value["kind"];
  if (typeof kind !== "string" || !isResourceKind(kind)) {
    return refused(["kind"], kindMessage(kind));
  }
  const schema = manifestSchemas[kind];
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) {
    return { resources: [{ resource: parsed.data, locate: document.locate }], issues: [] };
  }
  return {
    resources: [],
    issues: schemaIssues(schema, parsed.error).map(({ path, at, message }) =>
      errorAt(at === "key" ? document.locateKey(path) : document.locate(path), path, message),
    ),
  };
}

function kindMessage(kind: unknown): string {
  const known = `one of ${KINDS.join(", ")}`;
  if (typeof kind !== "string") {
    return kind === undefined ? `is required: ${known}` : `must be ${known}, got ${quoted(kind)}`;
  }
  const hint = Object.hasOwn(OTHER_KINDS, kind) ? OTHER_KINDS[kind] : undefined;
  return hint === undefined
    ? `must be ${known}, got ${quoted(kind)}${didYouMean(kind, KINDS)}`
    : `${kind} is not applied: ${hint}`;
}

function repeatedObjects(resources: readonly ParsedResource[]): readonly Issue[] {
  const places = new Map<string, Place>();
  return resources.flatMap(({ resource, locate }) => {
    const key = resourceKey(resource);
    const place = locate(["metadata", "name"]);
    const first = places.get(key);
    if (first === undefined) {
      places.set(key, place);
      return [];
    }
    return [
      errorAt(
        place,
        ["metadata", "name"],
        `${key} is already defined at ${first.file}:${String(first.line)}:${String(first.column)}: remove or rename one`,
      ),
    ];
  });
}

function firstOf(issues: readonly Issue[]): readonly Issue[] {
  if (issues.length <= MOST_ISSUES) {
    return issues;
  }
  const more = String(issues.length - MOST_ISSUES);
  return [
    ...issues.slice(0, MOST_ISSUES),
    { severity: "error", path: "", message: `and ${more} more: mend these first` },
  ];
}

function inFileOrder(files: readonly ManifestFile[], issues: readonly Issue[]): readonly Issue[] {
  const order = new Map(files.map((file, index) => [file.name, index]));
  const rank = ({ place }: Issue): readonly number[] =>
    place === undefined ? [-1] : [order.get(place.file) ?? -1, place.line, place.column];
  return issues.toSorted((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const at = left.findIndex((value, index) => value !== right[index]);
    return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
  });
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function errorAt(place: Place, path: FieldPath, message: string): Issue {
  return { severity: "error", place, path: formatPath(path), message };
}
