import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { status } from "@grpc/grpc-js";
import { formatJoinToken } from "@seawall/proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { IdentityStore } from "./edge/identity-store.ts";
import { join } from "./join.ts";
import { TestCa } from "./testing/test-ca.ts";
import { refusal, TestController, type TestControllerOptions } from "./testing/test-controller.ts";

let root: string;
let directory: string;
let store: IdentityStore;
const controllers: TestController[] = [];

beforeEach(async () => {
  root = await mkdtemp(joinPath(tmpdir(), "seawall-join-"));
  directory = joinPath(root, "agent");
  store = new IdentityStore(directory);
});
afterEach(async () => {
  for (const controller of controllers.splice(0)) controller.stop();
  await rm(root, { recursive: true });
});

async function start(options: TestControllerOptions = {}): Promise<TestController> {
  const controller = await TestController.start(options);
  controllers.push(controller);
  return controller;
}

function joinTo(
  controller: TestController,
  changes: { token?: string; host?: string; controller?: string } = {},
) {
  return join({
    controller: controller.joinAddress,
    token: controller.token,
    host: "web-1",
    store,
    ...changes,
  });
}

async function stored() {
  const read = await store.read();
  if (read.kind !== "identity") throw new Error(read.kind);
  return read.identity;
}

describe("joining", () => {
  it("keeps all that the agent needs, for root only", async () => {
    const controller = await start();
    expect(await joinTo(controller)).toMatchObject({ kind: "joined" });
    expect(await stored()).toMatchObject({
      host: "web-1",
      controllerAddress: controller.mainAddress,
      natsUrl: "127.0.0.1:7422",
      caPem: controller.ca.pem,
    });
    expect(((await stat(directory)).mode & 0o777).toString(8)).toBe("700");
    expect(((await stat(joinPath(directory, "identity.json"))).mode & 0o777).toString(8)).toBe(
      "600",
    );
    expect(await readdir(directory)).toEqual(["identity.json"]);
  });

  it("keeps the token's secret nowhere, and never sends a private key", async () => {
    const controller = await start();
    await joinTo(controller);
    const { privateKeyPem, natsSeed } = await stored();
    expect(await readFile(joinPath(directory, "identity.json"), "utf8")).not.toContain("sssss");
    const sent = JSON.stringify(controller.joins);
    expect(sent).not.toContain(natsSeed);
    expect(sent).not.toContain(privateKeyPem.slice(40, 80));
  });
});

describe("a controller that is not the token's", () => {
  const otherToken = formatJoinToken({
    caFingerprint: "ab".repeat(32),
    id: "0123456789abcdef",
    secret: "s".repeat(43),
  });

  it("is told nothing when its CA is another one", async () => {
    const controller = await start();
    const outcome = await joinTo(controller, { token: otherToken });
    expect(outcome).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("Nothing was sent") as unknown,
    });
    expect(controller.joins).toEqual([]);
  });

  it("is told nothing when it shows the right CA but a certificate of another", async () => {
    const [ca, stranger] = [await TestCa.create(), await TestCa.create()];
    const leaf = await stranger.server(["127.0.0.1"]);
    const controller = await start({
      ca,
      presented: { ...leaf, certificatePem: leaf.certificatePem + ca.pem },
    });
    expect(await joinTo(controller)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("not issued by the CA") as unknown,
    });
    expect(controller.joins).toEqual([]);
  });

  it("is told nothing when its certificate is for another name", async () => {
    const ca = await TestCa.create();
    const leaf = await ca.server(["seawall.example"]);
    const controller = await start({
      ca,
      presented: { ...leaf, certificatePem: leaf.certificatePem + ca.pem },
    });
    expect(await joinTo(controller)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("other names") as unknown,
    });
    expect(controller.joins).toEqual([]);
  });
});

describe("nobody there", () => {
  it("is said as such, and the keys are kept for the next try", async () => {
    const controller = await start();
    controller.stop();
    expect(await joinTo(controller)).toMatchObject({ kind: "unreachable" });
    expect(await readdir(directory)).toEqual(["joining.json"]);
  });

  it("includes who does not speak TLS", async () => {
    const controller = await start();
    const plain = createServer((socket) => socket.end("SSH-2.0-hello\r\n"));
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    const address = plain.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    expect(await joinTo(controller, { controller: `127.0.0.1:${port}` })).toMatchObject({
      kind: "unreachable",
    });
    plain.close();
  });
});

describe("bad input", () => {
  it.each(["web.1", "*", ">", "", "a b", "x".repeat(64)])(
    "the host name %j is refused before anything is sent",
    async (host) => {
      const controller = await start();
      expect(await joinTo(controller, { host })).toMatchObject({
        kind: "refused",
        message: expect.stringContaining("cannot name a host") as unknown,
      });
      expect(controller.joins).toEqual([]);
    },
  );

  it("a damaged token is refused without being shown", async () => {
    const controller = await start();
    const outcome = await joinTo(controller, { token: `${controller.token}x` });
    expect(outcome).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("last part") as unknown,
    });
    expect(JSON.stringify(outcome)).not.toContain("sssss");
  });
});

describe("what the controller says", () => {
  it("is passed on when it refuses", async () => {
    const controller = await start();
    controller.onJoin = () =>
      refusal(status.PERMISSION_DENIED, "UsedUp: the join token is used up");
    expect(await joinTo(controller)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("UsedUp") as unknown,
    });
    expect((await store.read()).kind).toBe("none");
  });

  it("is a reason to try again when it is busy", async () => {
    const controller = await start();
    controller.onJoin = () => refusal(status.RESOURCE_EXHAUSTED, "too many joins at once");
    expect(await joinTo(controller)).toMatchObject({ kind: "unreachable" });
  });

  it("may get lost: the next try has the same keys", async () => {
    const controller = await start();
    controller.onJoin = () => refusal(status.UNAVAILABLE, "gone");
    await joinTo(controller);
    controller.onJoin = (request) => controller.joinResponse(request);
    expect(await joinTo(controller)).toMatchObject({ kind: "joined" });
    const [first, second] = controller.joins;
    expect(second?.natsPublicKey).toBe(first?.natsPublicKey);
  });

  it.each([
    [
      "another name",
      "for another name",
      (controller: TestController) => {
        controller.onJoin = async (request) => ({
          ...(await controller.joinResponse(request)),
          certificateDer: await controller.ca.host("web-2", request.csrDer),
        });
      },
    ],
    [
      "another CA",
      "not of its CA",
      (controller: TestController) => {
        controller.onJoin = async (request) => ({
          ...(await controller.joinResponse(request)),
          certificateDer: await (await TestCa.create()).host("web-1", request.csrDer),
        });
      },
    ],
    [
      "nobody's bundles",
      "sign bundles",
      (controller: TestController) => {
        controller.onJoin = async (request) => ({
          ...(await controller.joinResponse(request)),
          signingKeys: [],
        });
      },
    ],
  ])("is not believed when it is for %s", async (_what, message, prepare) => {
    const controller = await start();
    prepare(controller);
    expect(await joinTo(controller)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining(message) as unknown,
    });
    expect((await store.read()).kind).toBe("none");
  });
});

describe("joining again", () => {
  it("changes nothing but may freshen the credentials, whatever became of the token", async () => {
    const controller = await start();
    await joinTo(controller);
    const before = await stored();
    controller.onJoin = () => refusal(status.PERMISSION_DENIED, "UsedUp");
    expect(await joinTo(controller)).toMatchObject({ kind: "alreadyJoined" });
    expect(controller.joins).toHaveLength(1);
    const { privateKeyPem, natsSeed, host } = await stored();
    expect({ privateKeyPem, natsSeed, host }).toEqual({
      privateKeyPem: before.privateKeyPem,
      natsSeed: before.natsSeed,
      host: before.host,
    });
  });

  it("is a success while the controller is away", async () => {
    const controller = await start();
    await joinTo(controller);
    controller.stop();
    expect(await joinTo(controller)).toMatchObject({ kind: "alreadyJoined" });
  });

  it("asks with the token, and the same keys, when the host was deleted meanwhile", async () => {
    const controller = await start();
    await joinTo(controller);
    controller.onRenew = () => refusal(status.UNAUTHENTICATED, "not in the fleet");
    expect(await joinTo(controller)).toMatchObject({ kind: "joined" });
    const [first, second] = controller.joins;
    expect(second?.natsPublicKey).toBe(first?.natsPublicKey);
  });

  it("is refused for another controller and for another name", async () => {
    const [controller, other] = [await start(), await start()];
    await joinTo(controller);
    const before = await stored();
    expect(await joinTo(other)).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("another controller") as unknown,
    });
    expect(await joinTo(controller, { host: "web-2" })).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("not as web-2") as unknown,
    });
    expect(other.joins).toEqual([]);
    expect(await stored()).toEqual(before);
  });
});
