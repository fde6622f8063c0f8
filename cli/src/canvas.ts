import stringWidth from "string-width";
import type { Size, TextOutput } from "./terminal.ts";

/** Part of a terminal, the last lines of it, where one text is drawn in place of the one before. */
export interface Canvas {
  /** As much of it as the terminal shows: what has wrapped, or left the screen, could not be erased any more. */
  readonly draw: (text: string) => void;
  /** All of it, for good. */
  readonly finish: (text: string) => void;
  /** Something else was written beneath: what is drawn stays there. */
  readonly leave: () => void;
}

/** @param mark stands where something was cut off */
export function canvas(output: TextOutput, mark: string): Canvas {
  let drawn: readonly string[] = [];
  const put = (lines: readonly string[]) => {
    const { columns } = output.size();
    // Some terminals wrap anew when they become narrower, others do not. How many rows the lines take then nobody can tell, and
    // what stands above them is not ours to erase.
    const isWhole = drawn.every((line) => stringWidth(line) <= columns);
    const erase = isWhole && drawn.length > 0 ? `\u001b[${drawn.length}A\u001b[J` : "";
    output.write(`${erase}${lines.join("\n")}\n`);
  };
  return {
    draw: (text) => {
      const lines = fitted(text.trimEnd().split("\n"), output.size(), mark);
      put(lines);
      drawn = lines;
    },
    finish: (text) => {
      put(text.trimEnd().split("\n"));
      drawn = [];
    },
    leave: () => {
      drawn = [];
    },
  };
}

/** What stands beneath a table says more than the last rows of it. */
const LAST_LINES = 3;

/** One row of the terminal each, and one less than there are: the cursor is in the last. */
function fitted(lines: readonly string[], { columns, rows }: Size, mark: string): string[] {
  const most = Math.max(rows - 1, 1);
  const left = lines.length - most + 1;
  const shown =
    lines.length <= most
      ? lines
      : [
          ...lines.slice(0, Math.max(most - 1 - LAST_LINES, 0)),
          `${mark} ${left} more lines`,
          ...lines.slice(-LAST_LINES),
        ].slice(-most);
  return shown.map((line) => cut(line, columns, mark));
}

const graphemes = new Intl.Segmenter();
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const colour = /(\u001b\[[\d;]*m)/;

/** Colours take no room. Those behind the cut are kept, so that none is left on. */
function cut(line: string, columns: number, mark: string): string {
  if (stringWidth(line) <= columns) return line;
  let room = columns - stringWidth(mark);
  let kept = "";
  for (const part of line.split(colour)) {
    if (colour.test(part)) kept += part;
    else if (room >= 0) {
      for (const { segment } of graphemes.segment(part)) {
        room -= stringWidth(segment);
        if (room < 0) break;
        kept += segment;
      }
      if (room < 0) kept += mark;
    }
  }
  return kept;
}
