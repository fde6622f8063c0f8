import { agentProto } from "@seawall/proto";
import { expect, test } from "vitest";
import { limitedRequests } from "./limited-requests.ts";

const { service } = agentProto().seawall.v1.AgentService;
const { Connect } = limitedRequests(service, 64);
const hello = (agentVersion: string) =>
  service.Connect.requestSerialize({ hello: { agentVersion, bootId: "", instanceId: "" } });

test("a message within the limit is taken as ever", () => {
  expect(Connect?.requestDeserialize(hello("1"))).toMatchObject({ hello: { agentVersion: "1" } });
});

test("a larger one is refused before it is decoded", () => {
  const decode = (): unknown => Connect?.requestDeserialize(hello("1".repeat(64)));
  expect(decode).toThrow(/at most 64/);
});
