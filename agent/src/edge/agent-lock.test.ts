import { expect, test } from "vitest";
import { lockNetworkNamespace } from "./agent-lock.ts";

test("one agent per network namespace; the next one after it may", async () => {
  const first = await lockNetworkNamespace();
  expect(first.kind).toBe("held");
  expect(await lockNetworkNamespace()).toEqual({ kind: "taken" });
  if (first.kind === "held") await first.release();
  const second = await lockNetworkNamespace();
  expect(second.kind).toBe("held");
  if (second.kind === "held") await second.release();
});
