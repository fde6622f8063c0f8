import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  always,
  type FakeController,
  refuse,
  startFakeController,
} from "../testing/fake-controller.ts";
import { runSeawall } from "../testing/fake-terminal.ts";
import { NOW } from "../testing/sample-documents.ts";

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

const seawall = (...words: readonly string[]) =>
  runSeawall(words, { homeDirectory: controller.homeDirectory, now: () => NOW });

test("token list", async () => {
  controller.answer({
    ListTokens: always({
      tokens: [
        {
          ...{ id: "01".repeat(8), createdBy: "oscar", uses: 2, usesLeft: 1, mode: "Enforce" },
          ...{ labels: { role: "db", env: "prod" }, expiresMs: NOW + 1_800_000 },
        },
        {
          ...{ id: "02".repeat(8), createdBy: "greta", uses: 1, usesLeft: 1, mode: "Audit" },
          ...{ host: "web-1", addressRanges: ["192.0.2.0/24"], expiresMs: NOW },
        },
      ],
    }),
  });
  expect((await seawall("token", "list")).stdout).toBe(
    `TOKEN              MADE BY   USES LEFT   EXPIRES IN   HOST    LABELS             MODE      ADDRESSES
0101010101010101   oscar     1 of 2      30m          -       env=prod,role=db   Enforce   -
0202020202020202   greta     1 of 1      expired      web-1   -                  Audit     192.0.2.0/24
`,
  );
});

test("token list -o json", async () => {
  const token = { id: "01".repeat(8), createdBy: "oscar", uses: 2, usesLeft: 1, mode: "Enforce" };
  controller.answer({ ListTokens: always({ tokens: [{ ...token, expiresMs: NOW }] }) });
  const { stdout } = await seawall("token", "list", "-o", "json");
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ apiVersion: "seawall/v1", kind: "TokenList", items: [{ ...token, expiresMs: NOW }] },
  });
});

test("token list of none", async () => {
  controller.answer({ ListTokens: always({}) });
  expect(await seawall("token", "list")).toEqual({
    ...{ exitCode: 0, stdout: "", stderr: "No tokens.\n" },
  });
});

test("token revoke", async () => {
  let revoked = "";
  controller.answer({
    RevokeToken: ({ request }, callback) => {
      revoked = request.id;
      callback(null, {});
    },
  });
  expect(await seawall("token", "revoke", "0101010101010101")).toEqual({
    ...{ exitCode: 0, stdout: "token/0101010101010101 revoked\n", stderr: "" },
  });
  expect(revoked).toBe("0101010101010101");
});

test("token revoke of one that there is not", async () => {
  controller.answer({ RevokeToken: refuse(status.NOT_FOUND, 'token "01" not found') });
  expect(await seawall("token", "revoke", "01")).toMatchObject({ exitCode: 1, stdout: "" });
});
