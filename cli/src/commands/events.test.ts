import { type EventsRequest__Output, type EventsResponse } from "@seawall/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FakeController, startFakeController } from "../testing/fake-controller.ts";
import { runSeawall } from "../testing/fake-terminal.ts";
import { NOW } from "../testing/sample-documents.ts";

let controller: FakeController;
let asked: EventsRequest__Output | undefined;
beforeAll(async () => {
  controller = await startFakeController();
});
afterAll(() => {
  controller.stop();
});

const timeMs = Date.parse("2026-11-28T20:15:03.456Z");
const labelled: EventsResponse = {
  event: {
    ...{ sequence: 4, timeMs, kind: "HostChanged", by: "user/oscar", about: "host/web" },
    ...{ host: "web", changes: [{ path: "labels.env", before: '"prod"' }] },
  },
};
const drifted: EventsResponse = {
  event: {
    ...{ sequence: 5, timeMs, kind: "DriftFound", by: "host/web", about: "host/web", host: "web" },
    message: "IPv4: 1 rule removed\u001b[2J",
  },
};

function seawall(told: readonly EventsResponse[], ...words: readonly string[]) {
  controller.answer({
    Events: (call) => {
      asked = call.request;
      for (const response of told) call.write(response);
      call.end();
    },
  });
  const setting = { homeDirectory: controller.homeDirectory, now: () => NOW };
  return runSeawall(["events", ...words], setting);
}

test("a table of the last day", async () => {
  expect(await seawall([{ head: { lost: 0 } }, labelled, drifted])).toEqual({
    exitCode: 0,
    stdout: `TIME                   EVENT         ABOUT      BY           WHAT
2026-11-28T20:15:03Z   HostChanged   host/web   user/oscar   labels.env: "prod" → none
2026-11-28T20:15:03Z   DriftFound    host/web   host/web     IPv4: 1 rule removed\uFFFD[2J
`,
    stderr: "",
  });
  expect(asked).toEqual({ host: "", sinceMs: NOW - 86_400_000, follow: false });
});

test("what had no room among the changes is said", async () => {
  const event = { ...labelled.event, changesLeftOut: 3 };
  const { stdout } = await seawall([{ head: {} }, { event }], "--follow");
  expect(stdout).toBe(
    '2026-11-28T20:15:03Z HostChanged host/web user/oscar labels.env: "prod" → none; and 3 more changes\n',
  );
});

test("followed, a line for each", async () => {
  const words = ["--follow", "--host", "web", "--since", "1h"];
  const { stdout } = await seawall([{ head: {} }, labelled, drifted], ...words);
  expect(
    stdout,
  ).toBe(`2026-11-28T20:15:03Z HostChanged host/web user/oscar labels.env: "prod" → none
2026-11-28T20:15:03Z DriftFound host/web host/web IPv4: 1 rule removed\uFFFD[2J
`);
  expect(asked).toEqual({ host: "web", sinceMs: NOW - 3_600_000, follow: true });
});

test("-o json", async () => {
  const { stdout } = await seawall([{ head: {} }, labelled], "-o", "json");
  expect(JSON.parse(stdout)).toEqual({
    ...{ apiVersion: "seawall/v1", kind: "EventList" },
    items: [
      {
        ...{ sequence: 4, timeMs, kind: "HostChanged", by: "user/oscar", about: "host/web" },
        ...{ host: "web", message: "" },
        changes: [{ path: "labels.env", before: '"prod"', after: "" }],
        changesLeftOut: 0,
      },
    ],
  });
});

test("no events, and some that could not be written", async () => {
  expect(await seawall([{ head: { lost: 3 } }])).toEqual({
    ...{ exitCode: 0, stdout: "" },
    stderr:
      "3 events could not be written since the controller started; its log has them.\nNo events.\n",
  });
});
