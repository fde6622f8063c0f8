import { createPublicKey } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { emptyHome } from "../testing/empty-home.ts";
import {
  always,
  type FakeController,
  refuse,
  startFakeController,
} from "../testing/fake-controller.ts";
import { runSeawall } from "../testing/fake-terminal.ts";
import { NOW } from "../testing/sample-documents.ts";

let controller: FakeController;
let file: string;
beforeAll(async () => {
  controller = await startFakeController();
});
afterAll(() => {
  controller.stop();
});
beforeEach(() => {
  controller.answer({});
  file = join(emptyHome(), "vera.yaml");
});

const seawall = (...words: readonly string[]) =>
  runSeawall(words, { homeDirectory: controller.homeDirectory, now: () => NOW });

describe("user create", () => {
  test("writes the context of the user, 0600, with a key that was never sent", async () => {
    let sent: Buffer = Buffer.alloc(0);
    controller.answer({
      CreateUser: ({ request }, callback) => {
        sent = request.publicKeySpki;
        callback(null, { certificatePem: `of ${request.name}, ${request.role}`, expiresMs: NOW });
      },
    });
    expect(await seawall("user", "create", "vera", "--role", "viewer", "--file", file)).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: `Wrote ${file}: who has this file is vera, viewer, until 2026-03-01.\nUse it: SEAWALL_CONFIG=${file} seawall auth whoami\n`,
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { currentContext, contexts } = parse(readFileSync(file, "utf8")) as {
      currentContext: string;
      contexts: readonly Readonly<Record<string, string>>[];
    };
    const [{ key = "", ...context } = {}] = contexts;
    expect(currentContext).toBe("vera");
    expect(context).toEqual({
      ...{ name: "vera", controller: controller.address, ca: controller.authority.ca },
      certificate: "of vera, viewer",
    });
    expect(createPublicKey(key).export({ type: "spki", format: "der" })).toEqual(sent);
  });

  test("leaves no file when the controller refuses", async () => {
    controller.answer({ CreateUser: refuse(status.PERMISSION_DENIED, "CreateUser needs") });
    const ended = await seawall("user", "create", "vera", "--role", "viewer", "--file", file);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(existsSync(file)).toBe(false);
  });

  test("overwrites nothing, and then makes no user", async () => {
    writeFileSync(file, "mine");
    const ended = await seawall("user", "create", "vera", "--role", "viewer", "--file", file);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ended.stderr).toContain(`${file} cannot be made`);
    expect(readFileSync(file, "utf8")).toBe("mine");
  });
});

test("user revoke", async () => {
  let revoked = "";
  controller.answer({
    RevokeUser: ({ request }, callback) => {
      revoked = request.name;
      callback(null, {});
    },
  });
  expect(await seawall("user", "revoke", "vera")).toEqual({
    ...{ exitCode: 0, stdout: "user/vera revoked\n", stderr: "" },
  });
  expect(revoked).toBe("vera");
});

test("user list", async () => {
  const made = { createdMs: NOW - 300_000 };
  controller.answer({
    ListUsers: always({
      users: [
        { name: "admin", role: "guardrail-admin", ...made },
        { name: "vera", role: "viewer", createdBy: "admin", ...made },
      ],
    }),
  });
  expect((await seawall("user", "list")).stdout).toBe(`NAME    ROLE              MADE BY   AGE
admin   guardrail-admin   -         5m
vera    viewer            admin     5m
`);
  expect(JSON.parse((await seawall("user", "list", "-o", "json")).stdout)).toMatchObject({
    ...{ apiVersion: "seawall/v1", kind: "UserList", items: [{ name: "admin" }, { name: "vera" }] },
  });
});

describe("auth", () => {
  const oscar = always({ name: "oscar", role: "operator", mayCall: ["Apply", "DeleteHost"] });

  test("whoami", async () => {
    controller.answer({ WhoAmI: oscar });
    expect((await seawall("auth", "whoami")).stdout).toBe("oscar operator\n");
  });

  test.for([
    [["apply"], 0, "yes\n", ""],
    [["delete", "hosts"], 0, "yes\n", ""],
    [["create", "users"], 1, "no\n", "Your role is operator. Who could: seawall user list\n"],
  ] as const)("can-i %j: exit %i", async ([words, exitCode, stdout, stderr]) => {
    controller.answer({ WhoAmI: oscar });
    expect(await seawall("auth", "can-i", ...words)).toEqual({ exitCode, stdout, stderr });
  });
});
