import { createHash } from "node:crypto";
import { parseManifests, type RevisionDocument, resourceDocument } from "@seawall/policy";
import { expect, test } from "vitest";
import { manifestOf, type PolicyChange } from "./policy-change.ts";
import { historyProblems, messageOf, resourcesAfter, type Write } from "./write.ts";

const deny: PolicyChange = { object: "FleetPolicy/side", action: "Deny" };
const reject: PolicyChange = { object: "FleetPolicy/side", action: "Reject" };
const none: PolicyChange = { object: "FleetPolicy/side", action: "none" };

const acknowledged = (number: number, change: PolicyChange, revision: number): Write => ({
  number,
  change,
  outcome: { kind: "acknowledged", revision },
});
const unknown = (number: number, change: PolicyChange): Write => ({
  number,
  change,
  outcome: { kind: "unknown", said: "Unreachable" },
});

function digest(change: PolicyChange, number: number): string {
  const content = manifestOf(change, number) ?? "";
  const [parsed] = parseManifests([{ name: "-", content }]).resources;
  if (parsed === undefined) throw new Error(`not a manifest: ${content}`);
  return createHash("sha256").update(resourceDocument(parsed.resource)).digest("hex");
}

function revision(
  number: number,
  fault: number,
  tree: Readonly<Record<string, string>>,
): RevisionDocument {
  return {
    apiVersion: "seawall/v1",
    kind: "Revision",
    metadata: { name: String(number) },
    spec: { parent: number - 1, author: "admin", message: messageOf({ number: fault }), tree },
    status: { current: false, created: [], configured: [], deleted: [] },
  };
}

const side = "FleetPolicy/side";
const denied = revision(1, 7, { [side]: digest(deny, 7) });
const rejected = revision(2, 9, { [side]: digest(reject, 9) });

test.for([
  { name: "nothing was written", writes: [], history: [], problems: [] },
  {
    name: "what was acknowledged is there, newest first as the controller lists it",
    writes: [acknowledged(7, deny, 1), acknowledged(9, reject, 2)],
    history: [rejected, denied],
    problems: [],
  },
  {
    name: "what was not acknowledged may be there",
    writes: [acknowledged(7, deny, 1), unknown(9, reject)],
    history: [denied, rejected],
    problems: [],
  },
  {
    name: "or not",
    writes: [acknowledged(7, deny, 1), unknown(9, reject)],
    history: [denied],
    problems: [],
  },
  {
    name: "an acknowledged one is not",
    writes: [acknowledged(7, deny, 1), acknowledged(9, reject, 2)],
    history: [denied],
    problems: ["revision 2, acknowledged for fault 9, is lost"],
  },
  {
    name: "it has become another",
    writes: [acknowledged(7, deny, 1), acknowledged(9, reject, 1)],
    history: [denied, rejected],
    problems: ["revision 1, acknowledged for fault 9, is lost"],
  },
  {
    name: "one is missing between others",
    writes: [unknown(7, deny), acknowledged(9, reject, 2)],
    history: [rejected],
    problems: ["revision 2 of 1 stands at 1"],
  },
  {
    name: "one was done twice",
    writes: [acknowledged(7, deny, 1)],
    history: [denied, revision(2, 7, { [side]: digest(deny, 7) })],
    problems: ["fault 7 was written more than once"],
  },
  {
    name: "nobody wrote it",
    writes: [],
    history: [revision(1, 3, {})],
    problems: ['nobody has written revision 1, "fault 3"'],
  },
  {
    name: "what was deleted is still there",
    writes: [acknowledged(7, deny, 1), acknowledged(8, none, 2)],
    history: [denied, revision(2, 8, { [side]: digest(deny, 7) })],
    problems: [`the newest revision holds [["${side}","${digest(deny, 7)}"]], which is to be []`],
  },
])("history: $name", ({ writes, history, problems }) => {
  expect(historyProblems(writes, history)).toEqual(problems);
});

test("what is to be enforced is what the history has last of each object", () => {
  const writes = [acknowledged(7, deny, 1), unknown(8, none), acknowledged(9, reject, 2)];
  expect(resourcesAfter(writes, [rejected, denied])).toMatchObject([
    { metadata: { name: "side" }, spec: { ingress: { defaultAction: "Reject" } } },
  ]);
});
