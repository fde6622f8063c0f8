import { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";
import type { FieldPath } from "./field-path.ts";
import { quoted } from "./quoted.ts";

/** What a schema has against a value, in the words a person needs. */
export interface SchemaIssue {
  readonly path: FieldPath;
  /** What the place should point at. */
  readonly at: "value" | "key";
  readonly message: string;
}

/** Fields that people look for where they are not, with what to do instead. */
const FIELD_HINTS: Readonly<Record<string, string>> = {
  publishedPort: "only ingress rules have it, a published port is where traffic comes in",
  from: 'egress rules have "to"',
  to: 'ingress rules have "from"',
  values: "Exists and DoesNotExist take none; remove it",
  host: "only egress has it",
  status: "the controller writes it; remove it",
  creationTimestamp: "the controller writes it; remove it",
  namespace: "there are no namespaces; remove it",
};

export function schemaIssues(schema: z.ZodType, error: z.ZodError): readonly SchemaIssue[] {
  const unknownFieldsIn = new Set(
    error.issues
      .filter((issue) => issue.code === "unrecognized_keys")
      .map((issue) => JSON.stringify(issue.path)),
  );
  return error.issues.flatMap((issue) => {
    // "says nothing" beside "unknown field" is the same mistake twice.
    if (issue.code === "custom" && unknownFieldsIn.has(JSON.stringify(issue.path))) {
      return [];
    }
    const path = issue.path.filter((segment) => typeof segment !== "symbol");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: [...path, key],
        at: "key" as const,
        message: unknownField(key, fieldsAt(schema, path)),
      }));
    }
    return [
      {
        path,
        at: issue.code === "invalid_key" ? ("key" as const) : ("value" as const),
        message: messageOf(issue),
      },
    ];
  });
}

function unknownField(key: string, known: readonly string[]): string {
  const hint = FIELD_HINTS[key];
  if (hint !== undefined && Object.hasOwn(FIELD_HINTS, key)) {
    return `unknown field here: ${hint}`;
  }
  return `unknown field${didYouMean(key, known) || `; known here: ${known.join(", ")}`}`;
}

function messageOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return typeMessage(issue.expected, issue.input);
    case "invalid_value":
      return choiceMessage(issue.values.map(String), issue.input);
    case "invalid_union":
      return "options" in issue
        ? choiceMessage(issue.options.map(String), fieldOf(issue.input, issue.path.at(-1)))
        : `${issue.message}, got ${described(issue.input)}`;
    case "too_small":
      return boundMessage("at least", issue.origin, Number(issue.minimum), issue.input);
    case "too_big":
      return boundMessage("at most", issue.origin, Number(issue.maximum), issue.input);
    case "invalid_key":
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

// A discriminator's issue stands at the field and carries the whole object.
function fieldOf(value: unknown, field: PropertyKey | undefined): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([key]) => key === field)?.[1]
    : undefined;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

function typeMessage(expected: string, input: unknown): string {
  const wanted = TYPE_NAMES[expected] ?? expected;
  if (input === undefined) {
    return `is required: ${wanted}`;
  }
  if (input === null) {
    return `must be ${wanted}, got nothing: fill it in, or remove the field`;
  }
  return `must be ${wanted}, got ${described(input)}${quotingHint(expected, input)}`;
}

function quotingHint(expected: string, input: unknown): string {
  if (expected === "string") {
    return typeof input === "number" || typeof input === "boolean" ? "; quote it" : "";
  }
  const isQuoted =
    typeof input === "string" &&
    (expected === "boolean" ? /^(?:true|false)$/ : /^\d+$/).test(input);
  return isQuoted ? "; remove the quotes" : "";
}

function choiceMessage(choices: readonly string[], input: unknown): string {
  const wanted = choices.length === 1 ? choices.join("") : `one of ${choices.join(", ")}`;
  if (input === undefined) {
    return `is required: ${wanted}`;
  }
  return `must be ${wanted}, got ${described(input)}${typeof input === "string" && choices.length > 1 ? didYouMean(input, choices) : ""}`;
}

function boundMessage(bound: string, origin: string, limit: number, input: unknown): string {
  if (origin === "array") {
    return limit === 1 && bound === "at least"
      ? "must not be an empty list: remove the field, or fill the list"
      : `must have ${bound} ${String(limit)} items`;
  }
  return origin === "string"
    ? `must have ${bound} ${String(limit)} characters`
    : `must be ${bound} ${String(limit)}, got ${described(input)}`;
}

function described(input: unknown): string {
  if (input === null) {
    return "nothing";
  }
  if (typeof input === "object") {
    return Array.isArray(input) ? "a list" : "a mapping";
  }
  return typeof input === "number" ? String(input) : quoted(input);
}

/** The names of the fields that a schema knows at this path. */
function fieldsAt(schema: unknown, path: FieldPath): readonly string[] {
  if (schema instanceof z.ZodExactOptional) {
    return fieldsAt(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodUnion) {
    return [...new Set(schema.options.flatMap((option) => fieldsAt(option, path)))];
  }
  const [next, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    return next === undefined
      ? Object.keys(schema.shape)
      : fieldsAt(schema.shape[String(next)], rest);
  }
  return schema instanceof z.ZodArray ? fieldsAt(schema.element, rest) : [];
}
