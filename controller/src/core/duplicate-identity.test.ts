import { describe, expect, test } from "vitest";
import {
  afterSighting,
  type DuplicateIdentity,
  duplicateInWords,
  type IdentityTrail,
  noTrail,
} from "./duplicate-identity.ts";

/** `a@10.0.0.1 30`: agent a opens a stream from there, so many seconds after the one before. */
function play(story: readonly string[]): {
  readonly foundAt: number | undefined;
  readonly found: DuplicateIdentity | undefined;
  readonly trail: IdentityTrail;
} {
  let trail = noTrail;
  let ms = Date.parse("2026-01-01T00:00:00.000Z");
  for (const [index, line] of story.entries()) {
    const [, instance = "", address = "10.0.0.1", after = "2"] =
      /^(\w+)(?:@(\S+))?(?: (\d+))?$/.exec(line) ?? [];
    ms += Number(after) * 1_000;
    const next = afterSighting(trail, { instance, address, at: new Date(ms).toISOString() });
    trail = next.trail;
    if (next.duplicate !== undefined) return { foundAt: index + 1, found: next.duplicate, trail };
  }
  return { foundAt: undefined, found: undefined, trail };
}

const many = <T>(times: number, make: (index: number) => T) =>
  Array.from({ length: times }, (_, i) => make(i));

describe("one agent after another is one host", () => {
  test.for<[name: string, story: readonly string[]]>([
    ["it joins and stays", ["a"]],
    ["the agent restarts", ["a", "b"]],
    ["the agent restarts over and over", many(40, (i) => `run${String(i)}`)],
    ["the stream breaks, again and again", many(40, () => "a")],
    ["a partition ends after an hour", ["a", "a 3600"]],
    ["the old connection is half dead when the new one opens", ["a", "a 0", "a 0"]],
    ["its address fails over, and back", ["a@10.0.0.1", "a@10.0.0.9", "a@10.0.0.1", "a@10.0.0.9"]],
    ["it restarts at another address", ["a@10.0.0.1", "b@10.0.0.9", "b@10.0.0.1"]],
    ["the host boots again", ["a", "b 90"]],
    ["its disk is put back to a snapshot: the agent starts anew", ["a", "b", "c 600", "d 600"]],
    ["the machine is put back to a snapshot with its memory", ["a", "b 3600", "a 60"]],
    ["the same once more, a day later", ["a", "b", "a", "b 86400", "a 86400", "c"]],
    ["the last words of an agent that has died come late", ["a", "a", "b", "a", "b"]],
    ["a clone was started once, for a moment", ["a", "b", "a"]],
    [
      "two turns of it, and two more a quarter of an hour later",
      ["a", "b", "a", "b", "c 900", "b", "c"],
    ],
  ])("%s", ([, story]) => {
    expect(play(story).found).toBeUndefined();
  });
});

describe("two agents that take turns are two", () => {
  test.for<[name: string, story: readonly string[], foundAt: number]>([
    [
      "a clone runs in parallel",
      ["a@10.0.0.1", "b@10.0.0.2", "a@10.0.0.1", "b@10.0.0.2", "a@10.0.0.1"],
      5,
    ],
    ["a clone is started much later", ["a", "a 86400", "b 86400", "a", "b", "a"], 6],
    ["both behind one address", ["a", "b", "a", "b", "a"], 5],
    ["each waits half a minute before it comes back", ["a", "b 30", "a 30", "b 30", "a 30"], 5],
    [
      "the controller started in between, and knows nothing of before",
      ["b", "a", "b", "a", "b"],
      5,
    ],
    [
      "the stolen one calls itself something else each time",
      ["a", "x", "a", "y", "a", "z", "a"],
      7,
    ],
    [
      "the stolen one calls itself many other things before the real one is back",
      ["v 3600", "w", "x"]
        .flatMap((first) => ["a 30", first, ...many(39, (i) => `${first.charAt(0)}${String(i)} 0`)])
        .concat("a 30"),
      124,
    ],
    ["three clones", ["a", "b", "c", "a", "b", "c"], 6],
    ["one of them restarts in the middle", ["a", "b", "a", "c", "a", "c"], 6],
  ])("%s", ([, story, foundAt]) => {
    expect(play(story)).toMatchObject({ foundAt });
  });
});

test("both are named, with where and when", () => {
  const { found } = play(["a", "b@192.0.2.7", "a", "b@192.0.2.7", "a@2001:db8::1"]);
  expect(found).toEqual({
    since: "2026-01-01T00:00:10.000Z",
    agents: [
      { instance: "a", address: "2001:db8::1", at: "2026-01-01T00:00:10.000Z" },
      { instance: "b", address: "192.0.2.7", at: "2026-01-01T00:00:08.000Z" },
    ],
  });
  expect(found && duplicateInWords(found)).toBe(
    "two agents have its keys: one at 2001:db8::1 (seen 2026-01-01T00:00:10.000Z), another at 192.0.2.7 (seen 2026-01-01T00:00:08.000Z)",
  );
});

test("what is remembered has an end", () => {
  expect(play(many(1_000, (i) => `run${String(i)}`)).trail.turns).toHaveLength(16);
});
