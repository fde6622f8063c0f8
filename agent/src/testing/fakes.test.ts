import { randomBytes } from "node:crypto";
import type { DockerContainer, DockerNetwork } from "@seawall/policy";
import { describe, expect } from "vitest";
import { type DockerSite, dockerContract } from "./docker-contract.ts";
import { fakeDocker } from "./fakes.ts";

/** Who uses the engine that is made up. */
function madeUpSite(): DockerSite {
  let networks: readonly DockerNetwork[] = [];
  let containers: readonly DockerContainer[] = [];
  const docker = fakeDocker(networks);
  const changed = (): Promise<void> => {
    docker.set(networks, containers);
    return Promise.resolve();
  };
  return {
    docker,
    createNetwork: async (name, subnet) => {
      const id = randomBytes(32).toString("hex");
      const bridge = `br-${id.slice(0, 12)}`;
      const made = { id, name, driver: "bridge", bridge, subnets: [subnet] };
      networks = [...networks, { ...made, labels: {}, internal: false }];
      await changed();
      return id;
    },
    removeNetwork: (name) => {
      networks = networks.filter((one) => one.name !== name);
      return changed();
    },
    runContainer: (name, network, address) => {
      const networkId = networks.find((one) => one.name === network)?.id ?? "";
      containers = [
        ...containers,
        {
          ...{ id: randomBytes(32).toString("hex"), name, labels: {}, hostNetwork: false },
          ...{ attachments: [{ networkId, addresses: [address] }], published: [] },
        },
      ];
      return changed();
    },
    removeContainer: (name) => {
      containers = containers.filter((one) => one.name !== name);
      return changed();
    },
    eventually: async (what, holds) => {
      expect(await holds(), what).toBe(true);
    },
  };
}

describe("an engine that is made up", () => {
  dockerContract(madeUpSite);
});
