import { expect, test } from "vitest";
import type { Conntrack } from "./ports.ts";
import { releaseConnections } from "./release-connections.ts";

type Answer = Awaited<ReturnType<Conntrack["mark"]>>;
const more: Answer = { kind: "more" };
const done: Answer = { kind: "done" };
const failed: Answer = {
  kind: "failed",
  failure: { class: "wait", reason: "ConntrackMissing", message: "not there" },
};

test.each<{ name: string; answers: readonly Answer[]; callTakesMs?: number; asked: string }>([
  { name: "a call for each family", answers: [done, done], asked: "IPv4 IPv6" },
  {
    name: "again while there are more",
    answers: [more, more, done, done],
    asked: "IPv4 IPv4 IPv4 IPv6",
  },
  { name: "each family, whatever fails", answers: [failed, failed], asked: "IPv4 IPv6" },
  {
    name: "each family once, however long it takes",
    ...{ answers: [more, more, more], callTakesMs: 61_000, asked: "IPv4 IPv6" },
  },
])("$name", async ({ answers, callTakesMs = 1, asked }) => {
  const calls: string[] = [];
  const mark: Conntrack["mark"] = ({ family }, isCut) => {
    expect(isCut).toBe(false);
    calls.push(family);
    return Promise.resolve(answers[calls.length - 1] ?? done);
  };
  const moment = () => ({ boot: "this", ms: calls.length * callTakesMs });
  await releaseConnections({ mark }, { moment });
  expect(calls.join(" ")).toBe(asked);
});
