import { beforeEach, expect, test } from "vitest";
import { createContainerCreations } from "./container-creations.ts";

const at8080 = { HostConfig: { PortBindings: { "80/tcp": [{ HostPort: "8080" }] } } };

/** Who was asked about; of those that are starting Docker says nothing until somebody says what. */
let asked: string[];
let answer: Map<string, (what: unknown) => void>;
let refuse: Map<string, (why: Error) => void>;
let late: number;
/** Nobody waits any longer. */
let loseHope: () => void;

beforeEach(() => {
  asked = [];
  answer = new Map();
  refuse = new Map();
  late = 0;
  loseHope = () => undefined;
});

function creations(...starting: readonly string[]) {
  const sleep = (_ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      loseHope = resolve;
      signal.addEventListener("abort", () => {
        resolve();
      });
    });
  const inspect = (id: string) => {
    asked.push(id);
    return new Promise((resolve, reject) => {
      answer.set(id, resolve);
      refuse.set(id, reject);
      if (!starting.includes(id)) resolve(at8080);
    });
  };
  const subject = createContainerCreations(inspect, { sleep }, () => {
    late += 1;
  });
  const known = async (...ids: readonly string[]) => [...(await subject.fixedPorts(ids)).keys()];
  return { ...subject, known };
}

test("each is asked about once, as long as it is listed", async () => {
  const { known, forgetAllBut } = creations();
  const look = async (...ids: readonly string[]) => {
    forgetAllBut(ids);
    return await known(...ids);
  };
  expect(await look("a", "b")).toEqual(["a", "b"]);
  expect(await look("b")).toEqual(["b"]);
  expect(await look("b")).toEqual(["b"]);
  expect(await look("a", "b")).toEqual(["a", "b"]);
  expect(asked).toEqual(["a", "b", "a"]);
});

test("one that was created is asked about ahead of the list, even if that is older", async () => {
  const { known, foresee, forgetAllBut } = creations();
  foresee("a");
  foresee("a");
  forgetAllBut([]);
  expect(await known("a")).toEqual(["a"]);
  expect(asked).toEqual(["a"]);
});

test("one that is starting keeps nobody waiting for long, and is told of later", async () => {
  const { known } = creations("starting");
  const first = known("starting", "other");
  loseHope();
  expect(await first).toEqual(["other"]);
  expect(await known("starting", "other")).toEqual(["other"]);
  expect([asked, late]).toEqual([["starting", "other"], 0]);
  answer.get("starting")?.(at8080);
  await expect.poll(() => late).toBe(1);
  expect(await known("starting")).toEqual(["starting"]);
});

test("several that are starting keep nobody waiting for longer than one", async () => {
  const { known } = creations("a", "b", "c");
  const first = known("a", "b", "c", "d");
  loseHope();
  expect(await first).toEqual(["d"]);
  expect(asked).toEqual(["a", "b", "c", "d"]);
});

test("what is said late and not understood wakes nobody", async () => {
  const { known } = creations("a");
  const first = known("a");
  loseHope();
  await first;
  answer.get("a")?.({ HostConfig: null });
  await expect
    .poll(() => {
      void known("a");
      return asked;
    })
    .toEqual(["a", "a"]);
  expect(late).toBe(0);
});

test("one of whom Docker says nothing is asked about again", async () => {
  const { known } = creations("a", "b");
  const first = known("a");
  refuse.get("a")?.(new Error("no such container"));
  expect(await first).toEqual([]);
  const second = known("b");
  answer.get("b")?.({ message: "broken" });
  expect(await second).toEqual([]);
  void known("a");
  void known("b");
  expect(asked).toEqual(["a", "b", "a", "b"]);
});
