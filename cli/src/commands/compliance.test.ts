import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ComplianceDocument, canonicalJson, type UnsignedCompliance } from "@seawall/policy";
import { keyIdOf, signDetached, signerUri } from "@seawall/proto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAuthority } from "../testing/certificates.ts";
import { emptyHome } from "../testing/empty-home.ts";
import { always, type FakeController, startFakeController } from "../testing/fake-controller.ts";
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

const seawall = (words: readonly string[], homeDirectory = controller.homeDirectory) =>
  runSeawall(words, { homeDirectory, now: () => NOW });

type Host = ComplianceDocument["hosts"][number];

const controls = ["ReportFresh", "DefaultDeny"];

function host(name: string, ...verdicts: readonly Host["verdict"][]): Host {
  return {
    name,
    verdict: verdicts.find((one) => one !== "PASS") ?? "PASS",
    controls: verdicts.map((verdict, index) => ({
      ...{ name: controls[index] ?? "", verdict },
      ...(verdict === "PASS"
        ? { reason: "", message: "it is so", next: "" }
        : { reason: "OpenByDefault", message: "not so, on shop", next: "do this" }),
    })),
    evidence: {
      ...{ rulesetDigest: "8c1f", observedTime: "2026-01-02T03:04:04.000Z", reportAgeMs: 20 },
      ...{ generation: 5, observedGeneration: 5, agentVersion: "0.1.0", backend: "iptables-nft" },
    },
  };
}

const good = host("a", "PASS", "PASS");

function reportOf(hosts: readonly Host[], compliant: boolean): UnsignedCompliance {
  const sums = (name: string, verdict: Host["verdict"]) =>
    hosts.filter((one) =>
      one.controls.some((control) => control.name === name && control.verdict === verdict),
    ).length;
  return {
    apiVersion: "seawall/v1",
    kind: "ComplianceReport",
    time: new Date(Date.now()).toISOString(),
    ...{ requestedBy: "vera", epoch: 1, revision: 3 },
    scope: { selector: "", host: "", policy: "", controls },
    compliant,
    score: compliant ? 100 : 75,
    controls: controls.map((name) => ({
      ...{ name, title: `${name} is so` },
      ...{ pass: sums(name, "PASS"), fail: sums(name, "FAIL"), unknown: sums(name, "UNKNOWN") },
    })),
    hosts: [...hosts],
  };
}

const unsigned = { format: 1, keyId: "k", signature: "s", certificate: "c" };

function answering(hosts: readonly Host[], compliant: boolean) {
  const document = JSON.stringify({ ...reportOf(hosts, compliant), signature: unsigned });
  controller.answer({ Compliance: always({ document }) });
}

describe("compliance", () => {
  test.for<{ hosts: readonly Host[]; says: boolean; exitCode: number }>([
    { hosts: [], says: true, exitCode: 1 },
    { hosts: [good], says: true, exitCode: 0 },
    { hosts: [good], says: false, exitCode: 1 },
    { hosts: [good, host("b", "PASS", "FAIL")], says: true, exitCode: 1 },
    { hosts: [good, host("b", "UNKNOWN", "PASS")], says: true, exitCode: 1 },
    { hosts: [good, host("b", "PASS")], says: true, exitCode: 1 },
  ])("hosts $hosts, controller says $says: exit $exitCode", async ({ hosts, says, exitCode }) => {
    answering(hosts, says);
    expect((await seawall(["compliance"])).exitCode).toBe(exitCode);
    const { stdout } = await seawall(["compliance", "-o", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ compliant: says, hosts });
  });

  test.for([
    { words: [], asked: {} },
    { words: ["--selector", "env=prod,!legacy"], asked: { selector: "env=prod,!legacy" } },
    { words: ["-l", "env=prod"], asked: { selector: "env=prod" } },
    { words: ["--policy", "web"], asked: { policy: "web" } },
    { words: ["--host", "edge-1"], asked: { host: "edge-1" } },
    {
      words: ["--control", "DefaultDeny", "ReportFresh"],
      asked: { controls: ["DefaultDeny", "ReportFresh"] },
    },
  ])("what the controller is asked: $words", async ({ words, asked }) => {
    const requests: unknown[] = [];
    controller.answer({
      Compliance: ({ request }, callback) => {
        requests.push(request);
        callback(null, {
          document: JSON.stringify({ ...reportOf([good], true), signature: unsigned }),
        });
      },
    });
    await seawall(["compliance", ...words]);
    expect(requests).toEqual([{ selector: "", host: "", policy: "", controls: [], ...asked }]);
  });

  test("the sums, what does not pass, and what was not asked", async () => {
    answering([good, host("b", "PASS", "FAIL")], false);
    expect(await seawall(["compliance"])).toEqual({
      exitCode: 1,
      stdout:
        "CONTROL       HOSTS   PASS   FAIL   UNKNOWN   WHAT\n" +
        "ReportFresh   2       2      0      0         ReportFresh is so\n" +
        "DefaultDeny   2       1      1      0         DefaultDeny is so\n" +
        "\n" +
        "HOST   CONTROL       VERDICT   REASON          MESSAGE           NEXT\n" +
        "b      DefaultDeny   FAIL      OpenByDefault   not so, on shop   do this\n",
      stderr:
        "Only of a part: not asked: DesiredEqualsKernel, HookedFirst, GuardsStanding, NothingUnenforceable, NoPortOpenByDefault.\n" +
        "Not compliant: of 2 hosts 1 pass, 1 fail, 0 unknown; 2 controls, 75% passed.\n",
    });
  });

  test("csv: a line for each host and control, with its evidence", async () => {
    answering([host("=b", "PASS", "FAIL")], false);
    const { stdout } = await seawall(["compliance", "-o", "csv"]);
    const [header, , failed] = stdout.split("\r\n");
    expect(header).toBe(
      "time,host,control,verdict,reason,message,next,rulesetDigest,observedTime,generation,observedGeneration,agentVersion,backend",
    );
    expect(failed?.replace(/^[^,]*/, "T")).toBe(
      'T,\'=b,DefaultDeny,FAIL,OpenByDefault,"not so, on shop",do this,8c1f,2026-01-02T03:04:04.000Z,5,5,0.1.0,iptables-nft',
    );
  });

  test("junit: what is unknown is no success, and nobody is none", async () => {
    answering([good, host("b", "PASS", "UNKNOWN")], false);
    const { stdout } = await seawall(["compliance", "-o", "junit"]);
    expect(stdout).toContain(
      '<testcase classname="DefaultDeny" name="b"><failure message="UNKNOWN OpenByDefault: not so, on shop"/></testcase>',
    );
    answering([], false);
    expect((await seawall(["compliance", "-o", "junit"])).stdout).toContain('failures="1"');
  });
});

describe("compliance verify: a report that was handed on", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const key = { keyId: keyIdOf(publicKey), privateKey };
  const genuine = reportOf([good], true);

  async function signed(
    report: object = genuine,
    { uri = signerUri, by = controller.authority } = {},
  ) {
    const certificate = await by.signer(uri, publicKey);
    const signature = signDetached("compliance", Buffer.from(canonicalJson(report)), key);
    return { ...report, signature: { ...signature, certificate } };
  }

  /** With nothing at hand but the file and the CA. */
  async function verify(report: unknown, ...flags: readonly string[]) {
    const directory = emptyHome();
    const [file, ca] = [join(directory, "report.json"), join(directory, "ca.pem")];
    await writeFile(file, typeof report === "string" ? report : JSON.stringify(report));
    await writeFile(ca, controller.authority.ca);
    const ended = await seawall(["compliance", "verify", file, "--ca", ca, ...flags], directory);
    return { ...ended, stderr: ended.stderr.replaceAll(file, "FILE") };
  }

  test("genuine and compliant, without a controller", async () => {
    const { exitCode, stdout, stderr } = await verify(await signed());
    expect(exitCode).toBe(0);
    expect(stdout).toContain("ReportFresh   1       1      0      0");
    expect(stderr).toContain(
      `Signed by the controller (key ${key.keyId}) at ${genuine.time}, asked by vera.`,
    );
  });

  test("with the CA of the context; in any layout and order of fields", async () => {
    const { signature, ...report } = await signed();
    const file = join(emptyHome(), "report.json");
    await writeFile(file, JSON.stringify({ signature, ...report }, undefined, 4));
    expect((await seawall(["compliance", "verify", file])).exitCode).toBe(0);
  });

  test("genuine and not compliant", async () => {
    const report = await signed(reportOf([good, host("b", "PASS", "FAIL")], false));
    const { exitCode, stdout } = await verify(report, "-o", "json");
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual(report);
  });

  test.for<{ name: string; report: () => unknown; says: string }>([
    { name: "no JSON", report: () => "PASS", says: "not what seawall compliance -o json prints" },
    { name: "no signature", report: () => genuine, says: "not what seawall compliance -o json" },
    {
      name: "a host taken out",
      report: async () => ({
        ...(await signed(reportOf([good, host("b", "PASS", "FAIL")], false))),
        hosts: [good],
        compliant: true,
      }),
      says: "changed since it was signed",
    },
    {
      name: "a field put in",
      report: async () => ({ ...(await signed()), note: "approved" }),
      says: "changed since it was signed",
    },
    {
      name: "asked by somebody else",
      report: async () => ({ ...(await signed()), requestedBy: "admin" }),
      says: "changed since it was signed",
    },
    {
      name: "signed by the controller of another fleet",
      report: async () => signed(genuine, { uri: signerUri, by: await createAuthority("fleet") }),
      says: "its signer has no certificate of this CA",
    },
    {
      name: "signed by a host of this fleet",
      report: () => signed(genuine, { uri: "seawall://host/a", by: controller.authority }),
      says: "its signer is no controller",
    },
    {
      name: "of a time when its signer had no certificate",
      report: () => signed({ ...genuine, time: "2020-01-01T00:00:00.000Z" }),
      says: "was not valid when it was made",
    },
    {
      name: "of no time at all",
      report: () => signed({ ...genuine, time: "today" }),
      says: "was not valid when it was made",
    },
  ])("not genuine: $name", async ({ report, says }) => {
    const { exitCode, stdout, stderr } = await verify(await report());
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Error: FILE is not genuine: ");
    expect(stderr).toContain(says);
  });

  test("what was signed as something else is no report", async () => {
    const bundle = signDetached("bundle", Buffer.from(canonicalJson(genuine)), key);
    const certificate = await controller.authority.signer(signerUri, publicKey);
    const report = { ...genuine, signature: { ...bundle, certificate } };
    expect((await verify(report)).exitCode).toBe(2);
  });
});
