import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";

test("returns the first value that is neither undefined nor false", async () => {
  const answers = [undefined, false, 0] as const;
  let calls = 0;
  const result = await eventually<number>(() => answers[calls++], { what: "it", intervalMs: 1 });
  expect({ result, calls }).toEqual({ result: 0, calls: 3 });
});

test("says what it waited for and carries the last error when time runs out", async () => {
  const attempt = (): never => {
    throw new Error("not yet");
  };
  const waiting = eventually(attempt, { what: "the moon", timeoutMs: 10, intervalMs: 1 });
  await expect(waiting).rejects.toMatchObject({
    message: "gave up after 10 ms waiting for the moon",
    cause: { message: "not yet" },
  });
});
