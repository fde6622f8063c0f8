/** What a program said on stderr, short enough for a message. */
export function firstLines(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("# Warning"));
  return lines.slice(0, 3).join("; ").slice(0, 500);
}
