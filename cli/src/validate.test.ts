import { expect, test } from "vitest";
import { runSeawall } from "./testing/fake-terminal.ts";

const validate = (stdin: string) => runSeawall(["validate", "-f", "-"], { stdin });

const policy = (spec: string) =>
  `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: web}\nspec: ${spec}\n`;

test("valid: exit 0", async () => {
  expect(await validate(policy("{ingress: {defaultAction: Deny}}"))).toEqual({
    exitCode: 0,
    stdout: "1 object in 1 file valid\n",
    stderr: "",
  });
});

test("each error with its place, exit 2", async () => {
  const ended = await validate(
    policy("{ingress: {rules: [{action: Alow, ports: [{port: 70000}]}]}}"),
  );
  expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
  const lines = ended.stderr.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^-:4:35 spec\.ingress\.rules\[0\]\.action: .*Alow/);
  expect(lines[1]).toMatch(/^-:4:56 spec\.ingress\.rules\[0\]\.ports\[0\]\.port: .*70000/);
  expect(lines[2]).toBe("Error: 2 errors.");
});

test("what is not enforced yet is an error, not a silent nothing", async () => {
  const strategy = "apiVersion: seawall/v1\nkind: RolloutStrategy\nmetadata: {name: a}\nspec: {}\n";
  const ended = await validate(strategy);
  expect(ended.exitCode).toBe(2);
  expect(ended.stderr).toContain(
    "-:3:18 metadata.name: a RolloutStrategy that is not called default is valid but not enforced yet",
  );
});

test("a group that only the fleet may have is a warning", async () => {
  const rule = "{name: office, action: Allow, from: [{addressGroup: office}]}";
  const ended = await validate(policy(`{ingress: {defaultAction: Deny, rules: [${rule}]}}`));
  expect(ended).toMatchObject({ exitCode: 0, stdout: "1 object in 1 file valid\n" });
  expect(ended.stderr).toMatch(/addressGroup: warning: .*office is not in these files/);
});

test("the JSON Schema is one JSON document", async () => {
  const { exitCode, stdout } = await runSeawall(["schema"]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ title: "Seawall manifest" });
});

test("what is valid and probably not meant is a warning", async () => {
  const rules = "{name: all, action: Deny}, {name: web, action: Allow, ports: [{port: 80}]}";
  const ended = await validate(policy(`{ingress: {rules: [${rules}]}}`));
  expect(ended.exitCode).toBe(0);
  expect(ended.stderr).toBe(
    "-:4:53 spec.ingress.rules[1]: warning: never decides: rule all comes before it and says Deny to all that it matches; move it up, or remove it\n",
  );
});
