import type { DockerContainer, PublishedPort } from "@seawall/policy";
import { expect, test } from "vitest";
import { managementBindings } from "./management-bindings.ts";

const endpoint = { address: "192.0.2.11", port: 7422 };

function container(published: Partial<PublishedPort>): DockerContainer {
  const port = { protocol: "TCP", hostAddress: "0.0.0.0", hostPort: 7422, containerPort: 4222 };
  return {
    ...{ id: "1", name: "nats", labels: {}, hostNetwork: false, attachments: [] },
    published: [{ ...port, ...published } as PublishedPort],
  };
}

test.each<[string, Partial<PublishedPort>, boolean]>([
  ["on every address of the family", {}, true],
  ["on that address alone", { hostAddress: "192.0.2.11" }, true],
  ["on another address", { hostAddress: "192.0.2.12" }, false],
  ["on every address of the other family", { hostAddress: "::" }, false],
  ["on another port", { hostPort: 7443 }, false],
  ["for another protocol", { protocol: "UDP" }, false],
])("published %s", (_, published, isFound) => {
  const found = managementBindings([endpoint], [container(published)]);
  expect(found).toEqual(isFound ? [{ ...endpoint, container: "nats" }] : []);
});

test("in IPv6", () => {
  const six = { address: "2001:db8::11", port: 7422 };
  expect(managementBindings([six], [container({ hostAddress: "::" })])).toHaveLength(1);
  expect(managementBindings([six], [container({})])).toEqual([]);
});
