import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { always, type FakeController, startFakeController } from "../testing/fake-controller.ts";
import { runSeawall } from "../testing/fake-terminal.ts";

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

const seawall = (words: readonly string[]) =>
  runSeawall(words, { homeDirectory: controller.homeDirectory });

test("version: of both", async () => {
  controller.answer({
    Version: always({ version: "0.1.3", natsServer: "2.11.4", node: "24.1.0" }),
  });
  const ended = await seawall(["version"]);
  expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
  expect(ended.stdout).toMatch(
    /^Client: 0\.1\.\d+ \(Node [\d.]+\)\nServer: 0\.1\.3 \(Node 24\.1\.0, nats-server 2\.11\.4\)\n$/,
  );
});

test("version: the client's own is printed even when the controller is away", async () => {
  const ended = await seawall(["version", "--controller", "127.0.0.1:1"]);
  expect(ended.exitCode).toBe(3);
  expect(ended.stdout).toMatch(/^Client: /);
  expect((await seawall(["version", "--client"])).exitCode).toBe(0);
});
