const LONGEST = 80;

/** A value from a file as it may stand in a message: JSON on one line, cut when long, nothing in it that a terminal obeys. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value).replace(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (sign) => `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
