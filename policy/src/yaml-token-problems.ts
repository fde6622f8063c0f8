import type { CST } from "yaml";

export interface TokenProblem {
  readonly offset: number;
  readonly message: string;
}

/** Deeper than any manifest; shallow enough for everything that recurses behind this. */
export const deepestNesting = 64;

/** What is refused before a document is composed: tags, directives, and nesting that would exhaust the stack. */
export function tokenProblems(tokens: readonly CST.Token[]): readonly TokenProblem[] {
  const problems: TokenProblem[] = [];
  const open: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (depth > deepestNesting) {
      return [{ offset: token.offset, message: `is nested deeper than ${String(deepestNesting)} levels` }];
    }
    if (token.type === "tag") {
      problems.push({ offset: token.offset, message: `YAML tags are not read: remove ${JSON.stringify(token.source)}; quote a value to make it text` });
    } else if (token.type === "directive") {
      problems.push({ offset: token.offset, message: `YAML directives are not read: remove ${JSON.stringify(token.source)}` });
    }
    for (const child of childrenOf(token)) {
      open.push({ token: child, depth: depth + 1 });
    }
  }
  return problems.toSorted((a, b) => a.offset - b.offset);
}

function childrenOf(token: CST.Token): readonly CST.Token[] {
  switch (token.type) {
    case "document":
      return [...token.start, ...(token.value === undefined ? [] : [token.value])];
    case "block-map":
    case "block-seq":
    case "flow-collection":
      return token.items.flatMap(({ start, key, sep, value }) => [...start, ...present(key), ...(sep ?? []), ...present(value)]);
    default:
      return [];
  }
}

function present(token: CST.Token | null | undefined): readonly CST.Token[] {
  return token === null || token === undefined ? [] : [token];
}
