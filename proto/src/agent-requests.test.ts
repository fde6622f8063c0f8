import { expect, test } from "vitest";
import { agentProto } from "./load.ts";

/** By its descriptor, which the library does not type. */
function fieldsOf({ type }: { readonly type: object }): readonly string[] {
  return [...JSON.stringify(type).matchAll(/"name":"(\w+)","extendee"/g)].map(
    ([, name = ""]) => name,
  );
}

test("a controller that is taken over can ask an agent to read its kernel, to tell of flows and what a bundle would do, to keep that, and for nothing else", () => {
  const { ControllerMessage, Request, ...requests } = agentProto().seawall.v1;
  const { ObserveRequest, FlowsRequest, PreviewRequest, AnnounceRequest } = requests;
  expect(fieldsOf(ControllerMessage)).toEqual(["welcome", "request", "cancel"]);
  expect(fieldsOf(Request)).toEqual([
    "id",
    "deadlineMs",
    "observe",
    "flows",
    "preview",
    "announce",
  ]);
  expect([...fieldsOf(ObserveRequest), ...fieldsOf(FlowsRequest)]).toEqual(["denied", "audited"]);
  expect(fieldsOf(PreviewRequest)).toEqual(["envelope", "announceable"]);
  expect(fieldsOf(AnnounceRequest)).toEqual(["preview", "before"]);
});
