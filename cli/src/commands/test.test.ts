import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { junitXml } from "../junit.ts";
import { emptyHome } from "../testing/empty-home.ts";
import { runSeawall } from "../testing/fake-terminal.ts";
import { sampleHost } from "../testing/sample-documents.ts";

const closed = (expected: string) => `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: closed}
spec:
  hostSelector: {matchLabels: {env: prod}}
  ingress: {defaultAction: Deny}
  tests:
    - {name: nobody, from: 192.0.2.1, to: {network: shop_backend, port: 3306}, expect: ${expected}}
`;

const facts = join(emptyHome(), "facts.json");
writeFileSync(
  facts,
  JSON.stringify({
    apiVersion: "seawall/v1",
    kind: "HostList",
    items: [sampleHost("db-1"), sampleHost("db-2", { networks: [] })],
  }),
);

const seawall = (stdin: string, ...words: string[]) =>
  runSeawall(["test", "-f", "-", ...words], { stdin });

describe("seawall test", () => {
  test("all pass: exit 0", async () => {
    expect(await seawall(closed("Deny"))).toEqual({
      exitCode: 0,
      stdout:
        "POLICY   TEST     PACKETS                              EXPECT   RESULT   HOSTS\n" +
        "closed   nobody   192.0.2.1 to shop_backend TCP/3306   Deny     Passed   an imagined host\n",
      stderr: "",
    });
  });

  test("a failing test: exit 1, with its place and what decides", async () => {
    const ended = await seawall(closed("Allow"), "--facts", facts);
    expect(ended.exitCode).toBe(1);
    expect(ended.stdout).toMatch(/Allow +Failed +db-1\n.*Allow +Skipped +db-2\n/);
    expect(ended.stderr).toBe(
      "-:8:7 spec.tests[0]: test nobody fails on db-1: 192.0.2.1 to shop_backend TCP/3306 must be Allow and is Deny: " +
        "the ingress defaultAction of FleetPolicy/closed (-:6:28) decides\n1 of 1 test failed.\n",
    );
  });

  test("as JSON", async () => {
    const { stdout } = await seawall(closed("Allow"), "--facts", facts, "-o", "json");
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "PolicyTestResultList",
      items: [
        {
          policy: "closed",
          name: "nobody",
          passed: false,
          cases: [
            {
              ...{
                hosts: ["db-1"],
                kind: "Failed",
                actual: "Deny",
                decidedBy: { rule: "default" },
              },
              message: expect.stringContaining("FleetPolicy/closed (-:6:28) decides") as string,
            },
            { hosts: ["db-2"], kind: "Skipped", reason: 'has no network "shop_backend"' },
          ],
        },
      ],
    });
  });

  test("as JUnit's XML", async () => {
    const { stdout } = await seawall(closed("Allow"), "--facts", facts, "-o", "junit");
    expect(stdout).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="seawall" tests="2" failures="1" errors="0" skipped="1">
  <testsuite name="FleetPolicy/closed" tests="2" failures="1" errors="0" skipped="1">
    <testcase classname="FleetPolicy/closed" name="nobody on db-1"><failure message="192.0.2.1 to shop_backend TCP/3306 must be Allow and is Deny: the ingress defaultAction of FleetPolicy/closed (-:6:28) decides"/></testcase>
    <testcase classname="FleetPolicy/closed" name="nobody on db-2"><skipped message="has no network &quot;shop_backend&quot;"/></testcase>
  </testsuite>
</testsuites>
`);
  });

  test.for([
    ["no tests", "{ingress: {}}", [], "no policy in these manifests has tests"],
    ["a wrong manifest", "{ingres: {}}", [], "1 error; no test was judged"],
    [
      "a group that only the fleet may have",
      "{ingress: {rules: [{action: Allow, from: [{addressGroup: x}]}]}}",
      [],
      "AddressGroup/x does not exist",
    ],
    ["facts that are not there", "{ingress: {}}", ["--facts", "/nowhere"], "/nowhere"],
    ["facts that are none", "{ingress: {}}", ["--facts", import.meta.filename], "is not JSON"],
  ] as const)("exit 2: %s", async ([, spec, words, message]) => {
    const manifest = `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: a}\nspec: ${spec}\n`;
    const ended = await seawall(manifest, ...words);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ended.stderr).toContain(message);
  });
});

test("what XML cannot say is escaped or replaced", () => {
  const xml = junitXml([{ suite: "s", name: `a<b>&"\u0001\ud800\u{1f600}` }]);
  expect(xml).toContain('name="a&lt;b&gt;&amp;&quot;\ufffd\ufffd\u{1f600}"/>');
});
