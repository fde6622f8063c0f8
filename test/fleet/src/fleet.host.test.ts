import { expect, test } from "vitest";
import { addressOf, fleetRevision } from "./fleet-revision.ts";
import { SimulatedFleet } from "./simulated-fleet.ts";

test("walk", async () => {
  const fleet = await SimulatedFleet.start(1);
  const waves = { maxUnavailable: 2, soakMs: 10_000 };
  try {
    for (let n = 0; n < 10; n += 1)
      await fleet.join(`h-${String(n)}`, n < 1 ? 0 : n < 3 ? 1 : 2, n % 2 === 0);
    await fleet.commit(fleetRevision(1));
    await fleet.settle();
    const good = await fleet.commit(fleetRevision(2, waves), waves);
    await fleet.until("the rollout", () => fleet.controller.record.stable === good);
    expect(await fleet.strays()).toEqual([]);
    for (const { host } of fleet.hosts.values()) expect(host.kernel.text()).toContain(addressOf(2));
    expect(fleet.watch.mostDisturbed).toBe(2);
  } finally {
    await fleet.stop();
  }
}, 120_000);
