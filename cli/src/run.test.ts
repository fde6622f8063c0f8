import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { writeClientConfig } from "./client-config.ts";
import {
  always,
  type FakeController,
  refuse,
  startFakeController,
} from "./testing/fake-controller.ts";
import { emptyHome, runSeawall } from "./testing/fake-terminal.ts";
import { NOW, sampleHost } from "./testing/sample-documents.ts";

let controller: FakeController;
let manifest: string;

beforeAll(async () => {
  controller = await startFakeController();
  manifest = join(emptyHome(), "group.yaml");
  writeFileSync(
    manifest,
    "apiVersion: seawall/v1\nkind: AddressGroup\nmetadata: {name: office}\nspec: {cidrs: [198.51.100.0/24]}\n",
  );
});
afterAll(() => {
  controller.stop();
});
beforeEach(() => {
  controller.answer({});
});

const seawall = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runSeawall(words, { homeDirectory: controller.homeDirectory, env, now: () => NOW });

describe("an error of the wire becomes an exit code and the next step", () => {
  test.each([
    ["INVALID_ARGUMENT", 2, "Error (InvalidArgument): no\n"],
    ["NOT_FOUND", 1, "Error (NotFound): no\n"],
    ["ALREADY_EXISTS", 2, "Error (AlreadyExists): no\n"],
    ["FAILED_PRECONDITION", 2, "Error (FailedPrecondition): no\n"],
    ["RESOURCE_EXHAUSTED", 2, "Error (ResourceExhausted): no\n"],
    ["OUT_OF_RANGE", 2, "Error (OutOfRange): no\n"],
    [
      "ABORTED",
      4,
      "Error (Conflict): no\nLook at what changed, then apply again: seawall diff -f …\n",
    ],
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

  test("a kind in the controller's words is called as the person calls it", async () => {
    controller.answer({ Get: refuse(status.NOT_FOUND, 'FleetPolicy "x" not found') });
    const { exitCode, stderr } = await seawall(["get", "policy", "x"]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: 'Error (NotFound): policy "x" not found\n',
    });
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

describe("contexts", () => {
  test("there is none", async () => {
    const home = emptyHome();
    expect(await runSeawall(["get", "hosts"], { homeDirectory: home })).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: `Error: no context in ${home}/.config/seawall/config.yaml.\nOn the controller, seawall controller init writes one; from elsewhere, copy that file here (0600) or name another one in SEAWALL_CONFIG.\n`,
    });
  });

  test("flag over environment over file", async () => {
    controller.answer({ Get: always({ items: [] }) });
    expect((await seawall(["get", "hosts", "--context", "nope"])).stderr).toContain(
      'no context "nope"',
    );
    expect((await seawall(["--context", "nope", "get", "hosts"])).stderr).toContain(
      'no context "nope"',
    );
    expect((await seawall(["get", "hosts"], { SEAWALL_CONTEXT: "other" })).stderr).toContain(
      'no context "other"',
    );
    const both = ["get", "hosts", "--context", "test"];
    expect((await seawall(both, { SEAWALL_CONTEXT: "other" })).exitCode).toBe(0);
  });

  test("view hides the private key", async () => {
    const { stdout } = await seawall(["config", "view"]);
    expect(stdout).toContain("key: REDACTED");
    expect(stdout).not.toContain("PRIVATE KEY");
  });

  test("use-context names one that is there", async () => {
    expect((await seawall(["config", "use-context", "nope"])).exitCode).toBe(1);
    expect(await seawall(["config", "use-context", "test"])).toMatchObject({
      exitCode: 0,
      stdout: "context test\n",
    });
    expect((await seawall(["config", "get-contexts"])).stdout).toBe(
      `CURRENT   NAME   CONTROLLER\n*         test   ${controller.address}\n`,
    );
  });
});

describe("usage", () => {
  test.each([
    [["frobnicate"], "unknown command 'frobnicate'"],
    [["get"], "missing required argument 'kind'"],
    [["get", "pods"], '"pods" is not one of the kinds hosts, policies'],
    [["get", "hosts", "--frob"], "unknown option '--frob'"],
    [["get", "hosts", "a", "-l", "x=y"], "names or --selector, not both"],
    [["apply"], "required option '-f, --filename <path...>' not specified"],
    [["apply", "-f", "/nowhere.yaml"], "/nowhere.yaml: no such file or directory"],
    [["apply", "-f", "x", "--if-revision", "0"], "It must be a whole number, 1 or more."],
    [["apply", "-f", "x", "--prune"], "--prune needs --selector"],
    [["delete"], "name what to delete, or give its manifests with -f"],
    [
      ["delete", "revision", "7"],
      '"revision" is not one of the kinds hosts, policies, addressgroups',
    ],
    [["describe", "host"], "To see all: seawall get hosts"],
    [["label", "host", "a", "b"], '"b" is neither key=value nor key-'],
    [["label", "policy", "a", "b=c"], '"policy" is not one of the kinds hosts'],
    [["wait", "hosts", "--for=Happy"], "Use InSync, state=STATE or delete."],
    [["wait", "policy", "x", "--for=state=Stale"], "state=… is for hosts"],
    [["token", "create", "--ttl", "5"], "Write it as 90s, 30m, 12h or 7d."],
  ])("%j: exit 2, nothing on stdout", async (argv, words) => {
    const ended = await seawall(argv);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ended.stderr).toContain(words);
  });

  test("--help and --version are no errors", async () => {
    const help = await seawall(["--help"]);
    expect(help).toMatchObject({ exitCode: 0, stderr: "" });
    expect(help.stdout).toContain("Exit codes:");
    expect((await seawall(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("get", () => {
  test("a table on stdout, the summary on stderr", async () => {
    const hosts = [
      sampleHost("edge-1"),
      sampleHost("edge-2", { state: "Stale", reason: "ReportTooOld", reportAgeMs: 1_020_000 }),
    ];
    controller.answer({ Get: always({ items: hosts.map((host) => JSON.stringify(host)) }) });
    expect(await seawall(["get", "hosts"])).toEqual({
      exitCode: 0,
      stdout:
        "NAME     STATUS   POLICIES   GEN   DRIFT   DOCKER   BACKEND        LAST SEEN   AGE\n" +
        "edge-1   InSync   1          118   -       28.5.1   iptables-nft   3s          3d4h\n" +
        "edge-2   Stale    1          118   -       28.5.1   iptables-nft   17m         3d4h\n",
      stderr: "2 hosts: 1 in sync, 1 stale\n",
    });
    expect((await seawall(["get", "hosts", "-o", "name"])).stdout).toBe(
      "host/edge-1\nhost/edge-2\n",
    );
    expect((await seawall(["get", "ho", "--no-headers"])).stdout).not.toContain("NAME");
    const { stdout } = await seawall(["get", "hosts", "-o", "json"]);
    expect(JSON.parse(stdout)).toEqual({
      apiVersion: "seawall/v1",
      kind: "HostList",
      items: hosts,
    });
  });

  test("one named object is itself, not a list", async () => {
    const host = sampleHost("edge-1");
    controller.answer({ Get: always({ items: [JSON.stringify(host)] }) });
    const { stdout } = await seawall(["get", "host/edge-1", "-o", "json"]);
    expect(JSON.parse(stdout)).toEqual(host);
  });

  test("nothing found is said on stderr and is no error", async () => {
    controller.answer({ Get: always({ items: [] }) });
    expect(await seawall(["get", "hosts"])).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "No resources found.\n",
    });
  });

  test("an answer of another version is refused, not half shown", async () => {
    controller.answer({ Get: always({ items: ['{"apiVersion":"seawall/v9"}'] }) });
    const ended = await seawall(["get", "hosts"]);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ended.stderr).toContain("the controller's answer is not understood (apiVersion:");
  });
});

describe("apply and diff", () => {
  const changed = {
    object: { kind: "AddressGroup", name: "office" },
    action: "CONFIGURED" as const,
    fields: [{ path: "spec.cidrs[0]", before: '"10.0.0.0/8"', after: '"198.51.100.0/24"' }],
  };

  test("one line per object, then the revision", async () => {
    controller.answer({ Apply: always({ changes: [changed], revision: 7, committed: true }) });
    expect(await seawall(["apply", "-f", manifest])).toEqual({
      exitCode: 0,
      stdout: "addressgroup/office configured\nrevision 7\n",
      stderr: "Wait for the fleet: seawall wait hosts --for=InSync\n",
    });
  });

  test("a dry run says so", async () => {
    controller.answer({
      Apply: (call, callback) => {
        callback(null, { changes: [changed], revision: call.request.dryRun ? 6 : 7 });
      },
    });
    expect(await seawall(["apply", "-f", manifest, "--dry-run"])).toEqual({
      exitCode: 0,
      stdout: "addressgroup/office configured (dry run)\n",
      stderr: "",
    });
  });

  test("issues: each with its place, exit 2, nothing on stdout", async () => {
    const place = { file: "web.yaml", line: 11, column: 13 };
    controller.answer({
      Apply: always({
        revision: 6,
        issues: [
          { severity: "ERROR" as const, ...place, path: "spec.rules[0]", message: "is wrong" },
          { severity: "WARNING" as const, ...place, path: "", message: "is odd" },
        ],
      }),
    });
    const refused = {
      exitCode: 2,
      stdout: "",
      stderr:
        "web.yaml:11:13 spec.rules[0]: is wrong\nweb.yaml:11:13: warning: is odd\n" +
        "Error: 1 error, 1 warning; nothing was stored.\n",
    };
    expect(await seawall(["apply", "-f", manifest])).toEqual(refused);
    expect(await seawall(["diff", "-f", manifest])).toEqual(refused);
  });

  test("prune deletes exactly what it announced", async () => {
    const requests: number[] = [];
    controller.answer({
      Apply: ({ request }, callback) => {
        requests.push(request.ifRevision);
        const changes = [
          { object: { kind: "FleetPolicy", name: "old" }, action: "DELETED" as const },
        ];
        callback(null, { changes, revision: request.dryRun ? 6 : 7, committed: !request.dryRun });
      },
    });
    const ended = await seawall(["apply", "-f", manifest, "--prune", "-l", "team=shop"]);
    expect(requests).toEqual([0, 6]);
    expect(ended.stdout).toBe("fleetpolicy/old deleted\nrevision 7\n");
    expect(ended.stderr).toContain("--prune deletes 1 object:\n  fleetpolicy/old\n");
  });

  test("diff: fields, rules per host, and the command that applies exactly this", async () => {
    controller.answer({
      Apply: always({
        changes: [changed],
        revision: 6,
        hosts: [
          { host: "edge-1", added: ["allow 198.51.100.0/24"], removed: ["allow 10.0.0.0/8"] },
        ],
      }),
    });
    expect(await seawall(["diff", "-f", manifest])).toEqual({
      exitCode: 1,
      stdout:
        'addressgroup/office configured\n  spec.cidrs[0]\n-   "10.0.0.0/8"\n+   "198.51.100.0/24"\n' +
        "host/edge-1 +1 -1\n-   allow 10.0.0.0/8\n+   allow 198.51.100.0/24\n",
      stderr: `Apply exactly this: seawall apply -f ${manifest} --if-revision 6\n`,
    });
  });

  test("diff: nothing would change", async () => {
    controller.answer({ Apply: always({ changes: [{ ...changed, action: "UNCHANGED" }] }) });
    expect(await seawall(["diff", "-f", manifest])).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "No differences.\n",
    });
  });
});

describe("delete, label, token", () => {
  test("a host: every name is looked up before the first one is deleted", async () => {
    const deleted: string[] = [];
    controller.answer({
      Get: ({ request }, callback) => {
        if (request.name === "gone")
          callback({ code: status.NOT_FOUND, details: 'Host "gone" not found' });
        else callback(null, { items: [JSON.stringify(sampleHost(request.name))] });
      },
      DeleteHost: ({ request }, callback) => {
        deleted.push(request.host);
        callback(null, {});
      },
    });
    const slip = await seawall(["delete", "host", "edge-1", "gone"]);
    expect(slip).toMatchObject({ exitCode: 1, stdout: "" });
    expect(deleted).toEqual([]);
    const ended = await seawall(["delete", "host", "edge-1"]);
    expect(deleted).toEqual(["edge-1"]);
    expect(ended.stdout).toBe("host/edge-1 deleted\n");
    expect(ended.stderr).toContain("Revoked: the certificate and NATS credentials of edge-1");
  });

  test("by manifests", async () => {
    const objects: unknown[] = [];
    controller.answer({
      Delete: ({ request }, callback) => {
        objects.push(...request.objects);
        const changes = [
          { object: { kind: "AddressGroup", name: "office" }, action: "DELETED" as const },
        ];
        callback(null, { changes, revision: 8, committed: true });
      },
    });
    expect((await seawall(["delete", "-f", manifest])).stdout).toBe(
      "addressgroup/office deleted\nrevision 8\n",
    );
    expect(objects).toEqual([{ kind: "AddressGroup", name: "office" }]);
  });

  test("label", async () => {
    const requests: unknown[] = [];
    controller.answer({
      LabelHost: ({ request }, callback) => {
        requests.push(request);
        callback(null, { items: [] });
      },
    });
    expect((await seawall(["label", "host", "edge-1", "role=db", "old-"])).stdout).toBe(
      "host/edge-1 labeled\n",
    );
    expect(requests).toEqual([
      { host: "edge-1", set: { role: "db" }, remove: ["old"], overwrite: false },
    ]);
  });

  test("the token stands alone on stdout", async () => {
    controller.answer({
      CreateToken: always({
        token: "SW1.a.b.c",
        expiresMs: NOW + 600_000,
        joinAddress: "ctl.example.com:7444",
      }),
    });
    const ended = await seawall([
      "token",
      "create",
      "--ttl=10m",
      "--host=edge-1",
      "--label",
      "env=prod",
    ]);
    expect(ended).toEqual({
      exitCode: 0,
      stdout: "SW1.a.b.c\n",
      stderr:
        "Good for 1 host and 10m.\nHost: edge-1\nLabels: env=prod\n" +
        "On the host, with the token in a file that only root can read, or - to type it:\n" +
        "  sudo seawall agent join --controller ctl.example.com:7444 --token-file FILE\n",
    });
  });
});

describe("compliance", () => {
  const host = (name: string, verdict: "PASS" | "FAIL" | "UNKNOWN") => ({
    host: name,
    verdict,
    reason: verdict === "PASS" ? "InSync" : "ReportTooOld",
    message: "",
    desiredGeneration: 5,
    observedGeneration: 5,
    rulesetDigest: "sha256:8c1f",
    reportAgeMs: 2_000,
  });

  test.each([
    [[], true, 1],
    [[host("a", "PASS")], true, 0],
    [[host("a", "PASS")], false, 1],
    [[host("a", "PASS"), host("b", "FAIL")], true, 1],
    [[host("a", "PASS"), host("b", "UNKNOWN")], true, 1],
  ])("hosts %j, controller says %s: exit %i", async (hosts, compliant, exitCode) => {
    controller.answer({ Compliance: always({ compliant, hosts }) });
    expect((await seawall(["compliance"])).exitCode).toBe(exitCode);
    const { stdout } = await seawall(["compliance", "-o", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ compliant: exitCode === 0, hosts });
  });

  test("a line per host", async () => {
    const hosts = [host("a", "PASS"), host("b", "UNKNOWN")];
    controller.answer({ Compliance: always({ compliant: false, hosts }) });
    expect(await seawall(["compliance"])).toEqual({
      exitCode: 1,
      stdout:
        "HOST   VERDICT   GEN   REPORTED   RULES         REASON         MESSAGE\n" +
        "a      PASS      5     2s ago     sha256:8c1f   InSync         -\n" +
        "b      UNKNOWN   5     2s ago     sha256:8c1f   ReportTooOld   -\n",
      stderr: "Not compliant: of 2 hosts 1 pass, 0 fail, 1 unknown.\n",
    });
  });
});

describe("version", () => {
  test("of both", async () => {
    controller.answer({
      Version: always({ version: "0.1.3", natsServer: "2.11.4", node: "24.1.0" }),
    });
    const ended = await seawall(["version"]);
    expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
    expect(ended.stdout).toMatch(
      /^Client: 0\.1\.\d+ \(Node [\d.]+\)\nServer: 0\.1\.3 \(Node 24\.1\.0, nats-server 2\.11\.4\)\n$/,
    );
  });

  test("the client's own is printed even when the controller is away", async () => {
    const ended = await seawall(["version", "--controller", "127.0.0.1:1"]);
    expect(ended.exitCode).toBe(3);
    expect(ended.stdout).toMatch(/^Client: /);
    expect((await seawall(["version", "--client"])).exitCode).toBe(0);
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
