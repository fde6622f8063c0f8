import type { Revision } from "@seawall/policy";
import type { HistoryResponse } from "@seawall/proto";
import { expect, test } from "vitest";
import type { StoredRevision } from "../store/revisions.ts";
import { type HistorySource, history } from "./history.ts";

const revision = (number: number): Revision => ({
  ...{ number, parent: number - 1, parentDigest: "", author: "", message: "", time: "" },
  tree: { a: "shared", b: `of ${String(number)}` },
});
const bytes = (number: number) => Buffer.from(`bytes ${String(number)}`);
const gone: StoredRevision = {
  ...{ number: 2, sealed: undefined },
  read: { kind: "tampered", place: "revisions/2", reason: "Missing", message: "it was here" },
};
/** Revision 1 is swept away, 2 is gone. */
const source: HistorySource = {
  epoch: 3,
  signingKey: Buffer.from("key"),
  revisions: {
    numbers: () => Promise.resolve([4, 3, 2]),
    stored: (numbers) =>
      Promise.resolve(
        numbers.map((number) =>
          number === 2
            ? gone
            : {
                number,
                sealed: bytes(number),
                read: { kind: "found", revision: revision(number) },
              },
        ),
      ),
    storedObject: (digest) =>
      Promise.resolve(digest === "of 4" ? undefined : Buffer.from(`object ${digest}`)),
  },
};

const nothing = Buffer.alloc(0);
const head = { head: { signingKey: Buffer.from("key"), epoch: 3, newest: 4, kept: 1_000 } };
const second = { revision: { number: 2, sealed: nothing, finding: "it was here" } };
const third = { revision: { number: 3, sealed: bytes(3), finding: "" } };
const fourth = { revision: { number: 4, sealed: bytes(4), finding: "" } };
const object = (digest: string) => ({
  object: { digest, content: Buffer.from(`object ${digest}`), gone: false },
});

test.for<[asked: Parameters<typeof history>[0], answers: readonly HistoryResponse[]]>([
  [{ from: 0, to: 0, objects: false }, [head, second, third, fourth]],
  [{ from: 3, to: 3, objects: false }, [head, third]],
  [
    { from: 0, to: 0, objects: true },
    [
      ...[head, second, third, fourth, object("shared"), object("of 3")],
      { object: { digest: "of 4", content: nothing, gone: true } },
    ],
  ],
])("%j: as it is stored, oldest first, each object once", async ([asked, answers]) => {
  const told: HistoryResponse[] = [];
  for await (const answer of history(asked, source)) told.push(answer);
  expect(told).toEqual(answers);
});
