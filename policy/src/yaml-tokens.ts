import { CST, Lexer, Parser } from "yaml";
import { quoted } from "./quoted.ts";

export type YamlTokens =
  | { readonly ok: true; readonly tokens: readonly CST.Token[] }
  | { readonly ok: false; readonly offset: number; readonly message: string };

type LexemeType = ReturnType<typeof CST.tokenType>;

/** Deeper than any manifest; shallow enough for everything that recurses behind this. */
export const deepestNesting = 64;

/** Words, signs and spaces. A list of CIDRs as long as a file may be has fewer. */
const MOST_LEXEMES = 500_000;

// The lexer's own marks, which stand for nothing in the text.
const MARKS: readonly unknown[] = ["scalar", "doc-mode", "flow-error-end"];

/**
 * Cuts YAML into tokens, and stops at what is not read: tags, directives, and
 * nesting or numbers of parts that would keep everything behind this busy.
 */
export function yamlTokens(content: string, onNewLine: (offset: number) => void): YamlTokens {
  const parser = new Parser(onNewLine);
  const tokens: CST.Token[] = [];
  let offset = 0;
  let lexemes = 0;
  let isText = false;
  onNewLine(0);
  for (const lexeme of new Lexer().lex(content)) {
    const type: LexemeType | undefined = isText ? undefined : CST.tokenType(lexeme);
    const message =
      problemOf(lexeme, type) ??
      (lexemes > MOST_LEXEMES ? "has too many parts for a manifest: split it" : undefined);
    if (message !== undefined) {
      return { ok: false, offset, message };
    }
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > deepestNesting) {
      return {
        ok: false,
        offset,
        message: `is nested deeper than ${String(deepestNesting)} levels`,
      };
    }
    isText = type === "scalar";
    offset += MARKS.includes(type) ? 0 : lexeme.length;
    lexemes += 1;
  }
  return { ok: true, tokens: [...tokens, ...parser.end()] };
}

function problemOf(lexeme: string, type: LexemeType | undefined): string | undefined {
  switch (type) {
    case "tag":
      return `YAML tags are not read: remove ${quoted(lexeme)}; quote a value to make it text`;
    case "directive-line":
      return `YAML directives are not read: remove ${quoted(lexeme)}`;
    default:
      return undefined;
  }
}
