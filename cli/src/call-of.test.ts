import { clientProto } from "@seawall/proto";
import { expect, test } from "vitest";
import { callOf } from "./call-of.ts";

const verbs = [
  ["apply", undefined, "Apply"],
  ["diff", undefined, "Diff"],
  ["get", "hosts", "Get"],
  ["describe", "pol", "Get"],
  ["delete", "policies", "Delete"],
  ["delete", "hosts", "DeleteHost"],
  ["label", "host", "LabelHost"],
  ["set", "hosts", "SetHost"],
  ["verify", "history", "History"],
  ["compliance", undefined, "Compliance"],
  ["trace", undefined, "Trace"],
  ["exposure", undefined, "Exposure"],
  ["flows", undefined, "Flows"],
  ["events", undefined, "Events"],
  ["token", "create", "CreateToken"],
  ["create", "tokens", "CreateToken"],
  ["token", "list", "ListTokens"],
  ["list", "tokens", "ListTokens"],
  ["token", "revoke", "RevokeToken"],
  ["revoke", "token", "RevokeToken"],
  ["user", "create", "CreateUser"],
  ["create", "user", "CreateUser"],
  ["user", "revoke", "RevokeUser"],
  ["revoke", "users", "RevokeUser"],
  ["user", "list", "ListUsers"],
  ["list", "users", "ListUsers"],
  ["rollout", "status", "Rollout"],
  ["rollout", "promote", "ChangeRollout"],
  ["rollout", "undo", "Undo"],
  ["delete", "rs", "Delete"],
] as const;

test.for(verbs)("%s %s is %s", ([verb, kind, call]) => {
  expect(callOf(verb, kind)).toBe(call);
});

test("every call that needs more than a user stands behind a verb", () => {
  // Whoever may Diff may Preview.
  const others = ["Watch", "WhoAmI", "Version", "Preview"];
  const calls = new Set([...verbs.map(([, , call]) => call), ...others]);
  expect([...calls].sort()).toEqual(
    Object.keys(clientProto().seawall.v1.ClientService.service).sort(),
  );
});

test.for([
  ["fly", undefined, '"fly" is not one of the verbs apply, diff, get'],
  ["constructor", undefined, '"constructor" is not one of the verbs'],
  ["delete", undefined, "say which kind: seawall auth can-i delete KIND"],
  [
    "delete",
    "revisions",
    '"revisions" is not one of the kinds hosts, policies, addressgroups, rolloutstrategies',
  ],
  ["apply", "hosts", "apply takes no kind"],
] as const)("%s %s is refused", ([verb, kind, message]) => {
  expect(() => callOf(verb, kind)).toThrow(message);
});
