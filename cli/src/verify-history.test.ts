import { describe, expect, test } from "vitest";
import {
  type SealedHistory,
  sealedHistory,
  sealedRevision,
  testKey,
  testObject,
} from "./testing/sealed-history.ts";
import { proveRevision, sha256, verifyHistory } from "./verify-history.ts";

const said = (history: SealedHistory) =>
  verifyHistory(history).findings.map(({ revision, message }) => `${String(revision)}: ${message}`);

test("an honest history: what was checked, and no finding", () => {
  const history = sealedHistory(4);
  expect(verifyHistory(history)).toEqual({
    ...{ from: 1, to: 4, revisions: 4, swept: 0, objects: 4, keyId: history.key.keyId },
    head: { number: 4, digest: history.digests[4] },
    findings: [],
  });
});

test("before the first revision there is nothing to verify", () => {
  expect(verifyHistory(sealedHistory(0))).toMatchObject({
    ...{ from: 0, to: 0, revisions: 0, head: undefined, findings: [] },
  });
});

/** What somebody who can write to the store does to it. */
type Tamper = (history: SealedHistory) => void;

const stored = ({ revisions }: SealedHistory, number: number) =>
  revisions.get(number)?.sealed ?? Buffer.alloc(0);
const put = ({ revisions }: SealedHistory, number: number, sealed: Buffer, finding = "") => {
  revisions.set(number, { sealed, finding });
};

const edit: Tamper = (history) => {
  const envelope = JSON.parse(stored(history, 3).toString()) as { payload: string };
  const payload = Buffer.from(envelope.payload, "base64").toString().replace("admin", "nobody");
  const changed = { ...envelope, payload: Buffer.from(payload).toString("base64") };
  put(history, 3, Buffer.from(JSON.stringify(changed)));
};
const resign: Tamper = (history) => {
  put(history, 3, sealedRevision(testKey(), 3, history.digests[2] ?? "").sealed);
};
const drop: Tamper = ({ revisions }) => revisions.delete(3);
const reorder: Tamper = (history) => {
  const [third, fourth] = [stored(history, 3), stored(history, 4)];
  put(history, 3, fourth);
  put(history, 4, third);
};
/** Signed by the controller, and never written: another writer had won. */
const loser = (history: SealedHistory, number: number) =>
  sealedRevision(history.key, number, history.digests[number - 1] ?? "", {
    body: { author: "loser" },
  }).sealed;

describe("what somebody who can write to the store has done is named with its number", () => {
  test.for<[name: string, tamper: Tamper, findings: readonly (string | RegExp)[]]>([
    ["edited", edit, [/^3: the signature of key [0-9a-f]{16} does not fit the bytes$/]],
    ["signed with another key", resign, [/^3: signed with key [0-9a-f]{16}, which is not trusted/]],
    [
      "not an envelope at all",
      (history) => {
        put(history, 3, Buffer.from("{}"));
      },
      ["3: not an envelope"],
    ],
    ["dropped", drop, ["3: it is missing"]],
    [
      "dropped, and the controller remembers it",
      (history) => {
        put(history, 3, Buffer.alloc(0), "gone");
      },
      ["3: it is missing"],
    ],
    [
      "two exchanged",
      reorder,
      [
        "3: the record of revisions/4 is in its place",
        "4: the record of revisions/3 is in its place",
      ],
    ],
    [
      "another one that the controller has signed",
      (history) => {
        put(history, 3, loser(history, 3));
      },
      [/^3: it is not the one that revision 4 was made from, which had the digest [0-9a-f]{64}$/],
    ],
    [
      "the newest, by another one that the controller has signed: it remembers which one it was",
      (history) => {
        put(history, 5, loser(history, 5), "revisions/5 is not believed: version 1 came back");
      },
      ["5: revisions/5 is not believed: version 1 came back"],
    ],
    [
      "one of an earlier epoch of the store",
      (history) => {
        const old = { place: { epoch: 2 } };
        put(history, 5, sealedRevision(history.key, 5, history.digests[4] ?? "", old).sealed);
      },
      ["5: it is of epoch 2, and the store is of epoch 1"],
    ],
    [
      "a record of another bucket",
      (history) => {
        const host = { place: { bucket: "hosts", key: "spec.web-1" } };
        put(history, 5, sealedRevision(history.key, 5, history.digests[4] ?? "", host).sealed);
      },
      ["5: the record of hosts/spec.web-1 is in its place"],
    ],
    [
      "objects",
      ({ objects }) => {
        objects.set(sha256(testObject(2)), "changed");
        objects.set(sha256(testObject(4)), "gone");
      },
      [
        "2: AddressGroup/office was changed in the store",
        "4: AddressGroup/office is gone from the store",
      ],
    ],
  ])("%s", ([, tamper, findings]) => {
    const history = sealedHistory(5);
    tamper(history);
    const expected = findings.map((finding) =>
      finding instanceof RegExp ? (expect.stringMatching(finding) as string) : finding,
    );
    expect(said(history)).toEqual(expected);
  });
});

test("an object that many revisions name is told once, with the oldest of them", () => {
  const history = sealedHistory(1);
  const tree = { "AddressGroup/office": sha256(testObject(1)) };
  const second = sealedRevision(history.key, 2, history.digests[1] ?? "", { body: { tree } });
  history.revisions.set(2, { sealed: second.sealed, finding: "" });
  history.objects.set(sha256(testObject(1)), "gone");
  expect(said({ ...history, newest: 2 })).toEqual([
    "1: AddressGroup/office is gone from the store",
  ]);
});

describe("what is swept away is said, and is no finding", () => {
  const swept = (kept: number, gone: readonly number[]) => {
    const history = { ...sealedHistory(6), kept };
    for (const number of gone) history.revisions.delete(number);
    return history;
  };
  test("the oldest", () => {
    expect(verifyHistory(swept(4, [1, 2]))).toMatchObject({
      ...{ from: 3, to: 6, revisions: 4, swept: 0, findings: [] },
    });
  });
  test("but one that a host is on stays, with a gap behind it", () => {
    expect(verifyHistory(swept(3, [2, 3]))).toMatchObject({
      ...{ from: 1, to: 6, revisions: 4, swept: 2, findings: [] },
    });
  });
  test("one that is among the newest is missing all the same", () => {
    expect(said(swept(4, [1, 2, 3]))).toEqual(["3: it is missing"]);
  });
});

describe("a head that somebody has noted down", () => {
  const history = { ...sealedHistory(6), kept: 4 };
  history.revisions.delete(1);
  const digest = (number: number) => history.digests[number] ?? "";
  test.for<[name: string, number: number, digest: string, findings: readonly string[]]>([
    ["is still there", 5, digest(5), []],
    [
      "is another one",
      5,
      digest(4),
      [`it is another one than the one that is known: its digest is ${digest(5)}`],
    ],
    ["was cut off with all after it", 7, digest(5), ["it was here, and now the newest is 6"]],
    [
      "was swept away",
      1,
      digest(1),
      ["it is not kept any more, and cannot be compared with what is known"],
    ],
  ])("%s", ([, number, known, messages]) => {
    const { findings } = verifyHistory(history, { number, digest: known });
    expect(findings).toEqual(messages.map((message) => ({ revision: number, message })));
  });
});

describe("one revision", () => {
  test("is proved with its parent", () => {
    const history = sealedHistory(3);
    expect(proveRevision(history, 2)).toEqual({
      ...{ keyId: history.key.keyId, digest: history.digests[2], parentDigest: history.digests[1] },
      findings: [],
    });
  });
  test("is not, where another one is in the place of its parent", () => {
    const history = sealedHistory(3);
    put(history, 1, loser(history, 1));
    expect(proveRevision(history, 2).findings).toEqual([
      "revision 1 is not the one that it was made from",
    ]);
  });
});
