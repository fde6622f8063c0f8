/** A rule cut into words, what stands in quotes without them. A match per word, with its groups, would cost most of reading a rule. */
export function wordsOf(text: string, word: RegExp): readonly string[] {
  return (text.match(word) ?? []).map((one) =>
    one.length > 1 && one.startsWith('"') && one.endsWith('"') ? one.slice(1, -1) : one,
  );
}
