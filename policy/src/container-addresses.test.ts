import { expect, test } from "vitest";
import { type DockerContainer, type DockerNetwork, unknownEngine } from "./host-view.ts";
import { resolve } from "./resolve.ts";

const shop: DockerNetwork = {
  id: "shop",
  name: "shop",
  driver: "bridge",
  bridge: "br-shop",
  subnets: [],
  labels: {},
  internal: false,
};

function container(name: string, more: Partial<DockerContainer> = {}): DockerContainer {
  return {
    id: name,
    name,
    labels: {},
    hostNetwork: false,
    attachments: [{ networkId: "shop", addresses: ["172.18.0.2"] }],
    published: [],
    ...more,
  };
}

// A sidecar runs in the network namespace of another container: whatever one of them is, both are.
test.for(["app", "sidecar"])("a policy for %s alone judges the address that both have", (name) => {
  const published = [
    { protocol: "TCP", hostAddress: "0.0.0.0", hostPort: 80, containerPort: 80 },
  ] as const;
  const { bridges } = resolve(
    {
      policies: [
        {
          name: "p",
          tier: "Standard",
          priority: 500,
          networkSelector: {},
          containerSelector: { names: [name] },
          ingress: { defaultAction: "Deny", rules: [] },
        },
      ],
    },
    {
      networks: [shop],
      containers: [container("app", { published }), container("sidecar")],
      interfaces: [],
      addresses: [],
      engine: unknownEngine,
      management: [],
    },
  );
  expect(bridges[0]?.ingress?.cases).toEqual([
    {
      key: "direct p",
      addresses: { v4: ["172.18.0.2/32"], v6: [] },
      list: { rules: [], defaultAction: "Deny", defaultPolicy: "p" },
    },
  ]);
});
