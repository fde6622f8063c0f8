import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { writeClientConfig } from "./client-config.ts";
import { emptyHome } from "./testing/empty-home.ts";
import { type FakeController, refuse, startFakeController } from "./testing/fake-controller.ts";
import { runSeawall } from "./testing/fake-terminal.ts";
import { NOW } from "./testing/sample-documents.ts";

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
  runSeawall(words, { homeDirectory: controller.homeDirectory, now: () => NOW });

describe("an error of the wire becomes an exit code and the next step", () => {
  test.each([
    ["INVALID_ARGUMENT", 2, "Error (InvalidArgument): no\n"],
    ["NOT_FOUND", 1, "Error (NotFound): no\n"],
    ["ALREADY_EXISTS", 2, "Error (AlreadyExists): no\n"],
    ["FAILED_PRECONDITION", 2, "Error (FailedPrecondition): no\n"],
    ["RESOURCE_EXHAUSTED", 2, "Error (ResourceExhausted): no\n"],
    ["OUT_OF_RANGE", 2, "Error (OutOfRange): no\n"],
    ["ABORTED", 4, "Error (Conflict): no\n"],
    [
      "PERMISSION_DENIED",
      2,
      "Error (PermissionDenied): no\nUse another identity: seawall config get-contexts\n",
    ],
    [
      "UNIMPLEMENTED",
      2,
      "Error (Unimplemented): no\nThe controller does not know this call. Compare versions: seawall version\n",
    ],
    ["INTERNAL", 2, "Error (Internal): no\nThe controller at ADDRESS has logged why.\n"],
    ["DATA_LOSS", 2, "Error (DataLoss): no\nThe controller at ADDRESS has logged why.\n"],
    ["UNKNOWN", 2, "Error (Unknown): no\nThe controller at ADDRESS has logged why.\n"],
    ["UNAVAILABLE", 3, "Error (Unreachable): ADDRESS: no\n"],
    [
      "UNAUTHENTICATED",
      3,
      'Error (Unauthenticated): no\nADDRESS does not accept the certificate of context "test". Use another one: seawall config get-contexts\n',
    ],
    [
      "DEADLINE_EXCEEDED",
      3,
      "Error (DeadlineExceeded): no\nADDRESS did not answer in time. Try again, or look at its log.\n",
    ],
  ] as const)("%s: exit %i", async (code, exitCode, stderr) => {
    controller.answer({ Get: refuse(status[code], "no") });
    expect(await seawall(["get", "hosts"])).toEqual({
      exitCode,
      stdout: "",
      stderr: stderr.replaceAll("ADDRESS", controller.address),
    });
  });

  test.each([
    ['FleetPolicy "x" not found', 'policy "x" not found'],
    ["FleetPolicy/x, AddressGroup/y not found", "fleetpolicy/x, addressgroup/y not found"],
    ['Widget "x" not found', 'Widget "x" not found'],
  ])("kinds are called as people call them: %s", async (details, words) => {
    controller.answer({ Get: refuse(status.NOT_FOUND, details) });
    const { exitCode, stderr } = await seawall(["get", "policy", "x"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: `Error (NotFound): ${words}\n` });
  });

  test("words of others cannot move the cursor", async () => {
    controller.answer({ Get: refuse(status.INTERNAL, "a\u001b[2Jb") });
    expect((await seawall(["get", "hosts"])).stderr).toMatch(/^Error \(Internal\): a.\[2Jb\n/);
  });
});

describe("no connection", () => {
  const expectUnreachable = async (home: string, words: RegExp, argv: readonly string[] = []) => {
    const ended = await runSeawall(["get", "hosts", ...argv], { homeDirectory: home });
    expect(ended.stderr).toMatch(words);
    expect(ended).toMatchObject({ exitCode: 3, stdout: "" });
  };
  const homeWith = async (change: {
    readonly controller?: string;
    readonly ca?: string;
    readonly identity?: { readonly certificate: string; readonly key: string };
  }) => {
    const home = emptyHome();
    const identity = change.identity ?? (await controller.authority.client("admin"));
    await writeClientConfig(join(home, ".config/seawall/config.yaml"), {
      currentContext: "test",
      contexts: [
        {
          name: "test",
          controller: change.controller ?? controller.address,
          ca: change.ca ?? controller.authority.ca,
          ...identity,
        },
      ],
    });
    return home;
  };

  test("nobody listens", async () => {
    await expectUnreachable(
      controller.homeDirectory,
      /^Error \(Unreachable\): nothing listens on 127\.0\.0\.1:1\.\nStart the controller there/,
      ["--controller", "127.0.0.1:1"],
    );
  });

  test("the name cannot be resolved", async () => {
    await expectUnreachable(
      await homeWith({ controller: "controller.invalid:7443" }),
      /the name of controller\.invalid:7443 cannot be resolved/,
    );
  });

  test("the controller's certificate is of another CA", async () => {
    const other = await startFakeController();
    try {
      await expectUnreachable(
        await homeWith({ ca: other.authority.ca }),
        /is not signed by the CA of context "test"/,
      );
    } finally {
      other.stop();
    }
  });

  test("the controller's certificate names somebody else", async () => {
    const other = await startFakeController({ certificate: (ca) => ca.server(["10.9.9.9"]) });
    try {
      await expectUnreachable(other.homeDirectory, /certificate does not name 127\.0\.0\.1:\d+/);
    } finally {
      other.stop();
    }
  });

  test("the controller's certificate has expired", async () => {
    const other = await startFakeController({
      certificate: (ca) => ca.server(["127.0.0.1"], new Date(Date.now() - 1_000)),
    });
    try {
      await expectUnreachable(other.homeDirectory, /has expired, or this machine's clock is wrong/);
    } finally {
      other.stop();
    }
  });

  test("our certificate is of another CA", async () => {
    const other = await startFakeController();
    try {
      const identity = await other.authority.client("admin");
      await expectUnreachable(
        await homeWith({ identity }),
        /closed the connection, as it does when it does not accept the certificate of context "test"/,
      );
    } finally {
      other.stop();
    }
  });
});

test("Ctrl-C ends a call: exit 130", async () => {
  const interruption = new AbortController();
  controller.answer({
    Get: () => {
      interruption.abort();
    },
  });
  const ended = await runSeawall(["get", "hosts"], {
    homeDirectory: controller.homeDirectory,
    interrupted: interruption.signal,
  });
  expect(ended).toEqual({ exitCode: 130, stdout: "", stderr: "Interrupted.\n" });
});
