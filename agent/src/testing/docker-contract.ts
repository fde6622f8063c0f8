import { expect, test } from "vitest";
import type { Docker, DockerFacts } from "../ports.ts";

/** A Docker, and the one who uses it. */
export interface DockerSite {
  readonly docker: Docker;
  /** Returns its id. */
  createNetwork(name: string, subnet: string): Promise<string>;
  removeNetwork(name: string): Promise<void>;
  runContainer(name: string, network: string, address: string): Promise<void>;
  removeContainer(name: string): Promise<void>;
  /** Calls until it holds of what Docker says, and resolves then. */
  eventually(what: string, holds: () => Promise<boolean>): Promise<void>;
}

/** What agents rely on, of a real engine and of one that is made up: both are held to this. */
export function dockerContract(siteOf: () => DockerSite): void {
  test("tells that a network or a container comes and goes, and says then what is there", async () => {
    const site = siteOf();
    const { docker } = site;
    let isTold = false;
    docker.onChange(() => {
      isTold = true;
    });
    const facts = async (): Promise<DockerFacts> => {
      const view = await docker.view();
      if (view.kind === "failed") throw new Error(view.failure.message);
      return view;
    };
    const told = async (what: string, holds: (facts: DockerFacts) => boolean): Promise<void> => {
      await site.eventually(what, async () => isTold && holds(await facts()));
      isTold = false;
    };
    const network = ({ networks }: DockerFacts) => networks.find(({ name }) => name === "contract");
    const container = ({ containers }: DockerFacts) =>
      containers.find(({ name }) => name === "guest");

    const first = await site.createNetwork("contract", "10.9.0.0/24");
    await told("the network", (now) => network(now) !== undefined);
    const bridge = `br-${first.slice(0, 12)}`;
    expect(network(await facts())).toMatchObject({
      ...{ id: first, driver: "bridge", bridge, internal: false },
      subnets: ["10.9.0.0/24"],
    });
    expect((await facts()).interfaces).toContain(bridge);

    await site.runContainer("guest", "contract", "10.9.0.9");
    await told("the container", (now) => container(now) !== undefined);
    expect(container(await facts())).toMatchObject({
      hostNetwork: false,
      attachments: [{ networkId: first, addresses: ["10.9.0.9"] }],
    });
    await site.removeContainer("guest");
    await told("its end", (now) => container(now) === undefined);

    await site.removeNetwork("contract");
    await told("the network's end", (now) => network(now) === undefined);
    const second = await site.createNetwork("contract", "10.9.0.0/24");
    await told("another one of its name", (now) => network(now) !== undefined);
    expect(second).not.toBe(first);
    expect((await facts()).interfaces).not.toContain(bridge);
    await site.removeNetwork("contract");
    await told("its end", (now) => network(now) === undefined);
  });
}
