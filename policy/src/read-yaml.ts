import { Composer, type CST, type Document, LineCounter } from "yaml";
import { type FieldPath, formatPath } from "./field-path.ts";
import type { Issue, Place } from "./issue.ts";
import { plainValueOf } from "./plain-value.ts";
import { yamlTokens } from "./yaml-tokens.ts";

export interface ManifestFile {
  /** As the person named it; used in places only. */
  readonly name: string;
  readonly content: string;
}

/** One YAML document as plain JSON data, with the way back into the file. */
export interface YamlDocument {
  /** undefined: nothing stands between its separators. */
  readonly value: unknown;
  /** Of the value at this path, or of the nearest thing around it that is there. */
  readonly locate: (path: FieldPath) => Place;
  /** Of the key that introduces it. */
  readonly locateKey: (path: FieldPath) => Place;
}

export interface YamlRead {
  readonly documents: readonly YamlDocument[];
  readonly issues: readonly Issue[];
}

/** A file that is not YAML at all gives one per character. */
const MOST_COMPLAINTS = 10;

/**
 * Reads the part of YAML that every reader understands the same way: mappings
 * with text keys, lists, scalars of YAML 1.2's core schema, and few aliases. Tags, directives,
 * deep nesting and what aliases blow up are refused, in time linear in the file.
 */
export function readYaml(file: ManifestFile): YamlRead {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file: file.name, line, column: col };
  };
  const cut = yamlTokens(file.content, lines.addNewLine);
  if (!cut.ok) {
    return { documents: [], issues: [error(place(cut.offset), [], cut.message)] };
  }
  const read = [...compose(cut.tokens)].map((document) => readDocument(document, place));
  return {
    documents: read.flatMap(({ documents }) => documents),
    issues: read.flatMap(({ issues }) => issues),
  };
}

// uniqueKeys off: the library compares every key with every other. Repeated keys are found in plainValueOf.
function compose(tokens: readonly CST.Token[]) {
  return new Composer({
    version: "1.2",
    schema: "core",
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  }).compose(tokens);
}

function readDocument(document: Document.Parsed, place: (offset: number) => Place): YamlRead {
  const complaints = [...document.errors, ...document.warnings].slice(0, MOST_COMPLAINTS);
  if (complaints.length > 0) {
    return {
      documents: [],
      issues: complaints.map(({ pos, message }) =>
        error(place(pos[0]), [], `not valid YAML: ${oneLine(message)}`),
      ),
    };
  }
  const { value, offsets, keyOffsets, problems } = plainValueOf(document.contents);
  if (problems.length > 0) {
    return {
      documents: [],
      issues: problems.map(({ offset, path, message, other }) =>
        error(
          place(offset),
          path,
          other === undefined
            ? message
            : `${message} (the first is at line ${String(place(other).line)})`,
        ),
      ),
    };
  }
  const start = document.contents?.range[0] ?? document.range[0];
  const locate = (path: FieldPath) => place(nearest(offsets, path) ?? start);
  const locateKey = (path: FieldPath) => {
    const offset = keyOffsets.get(formatPath(path));
    return offset === undefined ? locate(path) : place(offset);
  };
  return { documents: [{ value, locate, locateKey }], issues: [] };
}

function nearest(offsets: ReadonlyMap<string, number>, path: FieldPath): number | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const offset = offsets.get(formatPath(path.slice(0, length)));
    if (offset !== undefined) {
      return offset;
    }
  }
  return undefined;
}

function error(place: Place, path: FieldPath, message: string): Issue {
  return { severity: "error", place, path: formatPath(path), message };
}

// A library's message may quote the file: no line breaks, nothing a terminal would obey.
function oneLine(message: string): string {
  return message.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").trim();
}
