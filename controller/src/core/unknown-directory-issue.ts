import type { Issue } from "@seawall/policy";

/** Why what names hosts by label cannot be compiled, and what to do about it. */
export function unknownDirectoryIssue(
  severity: Issue["severity"],
  consequence: string,
  unbelieved: readonly { readonly name: string }[],
): Issue {
  const names = unbelieved.map(({ name }) => name).join(", ");
  return {
    severity,
    path: "",
    message: `rules name hosts by label (hostSelector in from or to), and the record of ${names} in the store is not believed, so it is not known whose addresses they mean: ${consequence}. See why: seawall compliance`,
  };
}
