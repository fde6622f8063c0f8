import { quoted } from "./quoted.ts";

/** Keys and list positions from the root of a document. */
export type FieldPath = readonly (string | number)[];

const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]{0,79}$/;

/** For people: `spec.ingress.rules[0].ports[1].port`; keys that are not plain words as `matchLabels["com.example/x"]`, cut when long. */
export function formatPath(path: FieldPath): string {
  return path.reduce<string>(withSegment, "");
}

/** The text of a path that goes on by one. */
export function withSegment(text: string, segment: string | number): string {
  if (typeof segment === "number") {
    return `${text}[${String(segment)}]`;
  }
  if (!PLAIN.test(segment)) {
    return `${text}[${quoted(segment)}]`;
  }
  return text === "" ? segment : `${text}.${segment}`;
}
