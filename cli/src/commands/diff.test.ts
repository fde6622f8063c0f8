import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
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

const seawall = (...words: readonly string[]) =>
  runSeawall(words, { homeDirectory: controller.homeDirectory, now: () => NOW });

const changed = {
  object: { kind: "AddressGroup", name: "office" },
  action: "CONFIGURED" as const,
  fields: [{ path: "spec.cidrs[0]", before: '"10.0.0.0/8"', after: '"198.51.100.0/24"' }],
};

test.for([
  [["--from", "2"], { from: 2, to: 0 }],
  [["--from", "0", "--to", "3"], { from: 0, to: 3 }],
] as const)("diff %j", async ([flags, asked]) => {
  let request: unknown;
  controller.answer({
    Diff: (call, callback) => {
      request = call.request;
      const hosts = [{ host: "web-1", added: ["in"], removed: ["out"] }];
      callback(null, { to: 3, changes: [changed], hosts });
    },
  });
  expect(await seawall("diff", ...flags)).toEqual({
    exitCode: 1,
    stdout: `addressgroup/office configured
  spec.cidrs[0]
-   "10.0.0.0/8"
+   "198.51.100.0/24"
host/web-1 +1 -1
-   out
+   in
`,
    stderr: `From revision ${String(asked.from)} to revision 3:\n`,
  });
  expect(request).toEqual(asked);
});

test("diff --from: no difference is exit 0", async () => {
  controller.answer({ Diff: always({ to: 3 }) });
  expect(await seawall("diff", "--from", "3")).toEqual({
    ...{ exitCode: 0, stdout: "" },
    stderr: "From revision 3 to revision 3:\nNo differences.\n",
  });
});

test("what cannot be told of the hosts is not called no change", async () => {
  const issues = [{ severity: "WARNING" as const, message: "what differs cannot be told" }];
  controller.answer({ Diff: always({ to: 3, changes: [changed], hostsUnknown: true, issues }) });
  const { stderr } = await seawall("diff", "--from", "2");
  expect(stderr).toContain("what differs cannot be told");
  expect(stderr).not.toContain("No host's rules change");
});

test.for([
  [["diff"], "give the manifests with -f, or a revision with --from"],
  [["diff", "--to", "2"], "give the manifests with -f, or a revision with --from"],
  [["diff", "--from", "x"], "whole number"],
  [["diff", "--from", "2", "-f", "."], "cannot be used with"],
] as const)("%j is refused", async ([words, message]) => {
  const ended = await seawall(...words);
  expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
  expect(ended.stderr).toContain(message);
});
