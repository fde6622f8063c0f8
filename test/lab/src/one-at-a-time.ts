import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll } from "vitest";
import { eventually } from "./eventually.ts";

/**
 * A test file that loads this runs when no other one of the same run does that loads it. The turn is a name in the
 * kernel: nothing of it is left, and it is free again however its holder ends.
 */
const turn = createServer();

beforeAll(async () => {
  await eventually(take, { what: "other tests that run alone to end", timeoutMs: 600_000 });
}, 600_000);

afterAll(() => {
  turn.close();
});

async function take(): Promise<true> {
  turn.listen(`\0seawall-tests-${String(process.ppid)}`);
  await once(turn, "listening");
  return true;
}
