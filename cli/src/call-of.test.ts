import { expect, test } from "vitest";
import { callOf } from "./call-of.ts";

test.for([
  ["apply", undefined, "Apply"],
  ["get", "hosts", "Get"],
  ["describe", "pol", "Get"],
  ["delete", "policies", "Delete"],
  ["delete", "hosts", "DeleteHost"],
  ["label", "host", "LabelHost"],
  ["set", "hosts", "SetHost"],
  ["verify", "history", "History"],
  ["create", "tokens", "CreateToken"],
  ["create", "user", "CreateUser"],
  ["revoke", "users", "RevokeUser"],
  ["list", "users", "ListUsers"],
] as const)("%s %s is %s", ([verb, kind, call]) => {
  expect(callOf(verb, kind)).toBe(call);
});

test.for([
  ["fly", undefined, '"fly" is not one of the verbs apply, diff, get'],
  ["constructor", undefined, '"constructor" is not one of the verbs'],
  ["delete", undefined, "say which kind: seawall auth can-i delete KIND"],
  ["delete", "revisions", '"revisions" is not one of the kinds hosts, policies, addressgroups'],
  ["apply", "hosts", "apply takes no kind"],
] as const)("%s %s is refused", ([verb, kind, message]) => {
  expect(() => callOf(verb, kind)).toThrow(message);
});
