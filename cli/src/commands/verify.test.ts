import type { HistoryResponse } from "@seawall/proto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FakeController, startFakeController } from "../testing/fake-controller.ts";
import { runSeawall } from "../testing/fake-terminal.ts";
import { NOW, sampleRevision } from "../testing/sample-documents.ts";
import { sealedHistory, testObject } from "../testing/sealed-history.ts";
import { sha256 } from "../verify-history.ts";

let controller: FakeController;
beforeAll(async () => {
  controller = await startFakeController();
});
afterAll(() => {
  controller.stop();
});
beforeEach(() => {
  controller.answer({});
});

const history = sealedHistory(3);
const [, , second = "", third = ""] = history.digests;
const { keyId } = history.key;
const signingKey = history.key.publicKey.export({ type: "spki", format: "der" });
const objects = [1, 2, 3].map((number) => ({
  object: { digest: sha256(testObject(number)), content: testObject(number), gone: false },
}));

const seawall = (...words: readonly string[]) =>
  runSeawall(words, { homeDirectory: controller.homeDirectory, now: () => NOW });

/** The controller hands over these revisions, and the objects when they are asked for. */
function handOver(
  numbers: readonly number[],
  stored: readonly HistoryResponse[] = objects,
  newest = 3,
): void {
  controller.answer({
    Get: ({ request }, callback) => {
      callback(null, { items: [JSON.stringify(sampleRevision(Number(request.name), true))] });
    },
    History: (call) => {
      const { from, to, objects: wanted } = call.request;
      call.write({ head: { signingKey, epoch: 1, newest, kept: 1_000 } });
      for (const number of numbers) {
        if (number < from || (to > 0 && number > to)) continue;
        call.write({ revision: { number, ...history.revisions.get(number) } });
      }
      if (wanted) for (const object of stored) call.write(object);
      call.end();
    },
  });
}

test("verify history: what was checked, and how to check later that it is still there", async () => {
  handOver([1, 2, 3]);
  expect(await seawall("verify", "history")).toEqual({
    exitCode: 0,
    stdout: `Revisions:   3, 1 to 3
Swept:       none
Objects:     3
Key:         ${keyId}
Head:        3:${third}
Findings:  none
`,
    stderr: `Verified. To see later that all this is still there: seawall verify history --known 3:${third}\n`,
  });
});

test("verify history: a dropped revision and a changed object are named, exit 1", async () => {
  const changed = { object: { digest: sha256(testObject(3)), content: Buffer.from("open") } };
  handOver([1, 3], [...objects.slice(0, 2), changed]);
  expect(await seawall("verify", "history")).toEqual({
    exitCode: 1,
    stdout: `Revisions:   3, 1 to 3
Swept:       none
Objects:     3
Key:         ${keyId}
Head:        -
Findings:
  REVISION   WHAT
  2          it is missing
  3          AddressGroup/office was changed in the store
`,
    stderr: "Not verified: 2 findings.\n",
  });
});

test("verify history --known: the whole store went back, and nothing else would show it", async () => {
  handOver([1, 2], objects.slice(0, 2), 2);
  expect(await seawall("verify", "history")).toMatchObject({ exitCode: 0 });
  const ended = await seawall("verify", "history", "--known", `3:${third}`, "-o", "json");
  expect(ended.exitCode).toBe(1);
  expect(JSON.parse(ended.stdout)).toEqual({
    ...{ apiVersion: "seawall/v1", kind: "HistoryVerification", verified: false },
    ...{ from: 1, to: 2, revisions: 2, swept: 0, objects: 2, keyId },
    head: { number: 2, digest: second },
    findings: [{ revision: 3, message: "it was here, and now the newest is 2" }],
  });
});

test("verify history: nothing is proved before the first revision", async () => {
  handOver([], [], 0);
  expect(await seawall("verify", "history")).toMatchObject({
    exitCode: 0,
    stderr: "There is no revision yet, so nothing is proved.\n",
  });
});

test.for(["3", "0:ab", `3:${"A".repeat(64)}`])(
  "verify history --known %s is refused",
  async (known) => {
    const ended = await seawall("verify", "history", "--known", known);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ended.stderr).toContain("the number, a colon, 64 hex digits");
  },
);

test("describe revision: the signature is verified here", async () => {
  handOver([1, 2, 3]);
  const { stdout } = await seawall("describe", "revision", "3");
  expect(stdout).toContain(`Signature:         verified, of key ${keyId}\n`);
  expect(stdout).toContain(`Digest:            ${third}\nParent's digest:   ${second}\n`);
  handOver([1, 2]);
  expect((await seawall("describe", "revision", "3")).stdout).toContain(
    "Signature:         NOT VERIFIED: it is missing\n",
  );
});
