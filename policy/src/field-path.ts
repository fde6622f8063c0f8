/** Keys and list positions from the root of a document. */
export type FieldPath = readonly (string | number)[];

const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** `spec.ingress.rules[0].ports[1].port`; keys that are not plain words as `matchLabels["com.example/x"]`. */
export function formatPath(path: FieldPath): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === "number") {
      return `${text}[${String(segment)}]`;
    }
    if (!PLAIN.test(segment)) {
      return `${text}[${JSON.stringify(segment)}]`;
    }
    return text === "" ? segment : `${text}.${segment}`;
  }, "");
}
