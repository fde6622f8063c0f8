import { expect, test } from "vitest";
import { canvas } from "./canvas.ts";
import type { Size } from "./terminal.ts";

/** A canvas on a terminal of this size, and what has been written to it since it was looked at last. */
function drawing(columns: number, rows = 24) {
  let size: Size = { columns, rows };
  let written = "";
  const write = (text: string) => {
    written += text;
  };
  const drawn = canvas({ isTTY: true, size: () => size, write }, "…");
  return {
    ...drawn,
    resize: (to: Partial<Size>) => {
      size = { ...size, ...to };
    },
    bytes: () => {
      const text = written;
      written = "";
      return text;
    },
  };
}

/** So many rows up, to the first column, and all from there on is erased. */
const erase = (lines: number) => `\u001b[${String(lines)}A\u001b[J`;

test("each text stands in place of the one before, whatever the number of their lines", () => {
  const { draw, bytes } = drawing(10);
  draw("one\ntwo\n");
  draw("three");
  draw("four");
  expect(bytes()).toBe(`one\ntwo\n${erase(2)}three\n${erase(1)}four\n`);
});

test.for([
  { name: "fits", line: "0123456789", shown: "0123456789" },
  { name: "is too long", line: "0123456789a", shown: "012345678…" },
  { name: "has wide characters, two columns each", line: "名前名前名前", shown: "名前名前…" },
  {
    name: "has marks that take no column",
    line: "e\u0301".repeat(11),
    shown: `${"e\u0301".repeat(9)}…`,
  },
  {
    name: "has colours, which take none and are not left on",
    line: "\u001b[31m✖ Failed\u001b[39m for ever \u001b[2m60s\u001b[22m",
    shown: "\u001b[31m✖ Failed\u001b[39m …\u001b[2m\u001b[22m",
  },
])("a line that $name is one row of the terminal", ({ line, shown }) => {
  const { draw, bytes } = drawing(10);
  draw(line);
  draw("");
  expect(bytes()).toBe(`${shown}\n${erase(1)}\n`);
});

test("what is higher than the terminal is cut in the middle, and leaves the cursor its row", () => {
  const { draw, bytes } = drawing(80, 7);
  const lines = Array.from({ length: 9 }, (_, index) => `line ${String(index + 1)}`);
  draw(lines.slice(0, 6).join("\n"));
  expect(bytes()).toBe("line 1\nline 2\nline 3\nline 4\nline 5\nline 6\n");
  draw(lines.join("\n"));
  expect(bytes()).toBe(`${erase(6)}line 1\nline 2\n… 4 more lines\nline 7\nline 8\nline 9\n`);
});

test("the last one is whole: nothing has to be erased any more", () => {
  const { draw, finish, bytes } = drawing(10, 4);
  draw("0123456789a");
  finish("0123456789a\nb\nc\nd\ne");
  expect(bytes()).toBe(`012345678…\n${erase(1)}0123456789a\nb\nc\nd\ne\n`);
});

test("what somebody else has written beneath is not erased", () => {
  const { draw, leave, bytes } = drawing(10);
  draw("one");
  leave();
  draw("two");
  expect(bytes()).toBe("one\ntwo\n");
});

test("a terminal that became wider shows more", () => {
  const { draw, resize, bytes } = drawing(10);
  draw("0123456789a");
  resize({ columns: 11 });
  draw("0123456789a");
  expect(bytes()).toBe(`012345678…\n${erase(1)}0123456789a\n`);
});

test("one that became narrower: what may have wrapped stays, so that nothing above it is erased", () => {
  const { draw, resize, bytes } = drawing(10);
  draw("01234\n0123456789");
  resize({ columns: 9 });
  draw("01234\n0123456789");
  expect(bytes()).toBe("01234\n0123456789\n01234\n01234567…\n");
  resize({ columns: 9, rows: 9 });
  draw("done");
  expect(bytes()).toBe(`${erase(2)}done\n`);
});
