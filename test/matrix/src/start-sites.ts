import { startFleet } from "@seawall/lab";
import type { Cell } from "./cells.ts";
import { clientAddresses, type Site } from "./site.ts";

/** Starts a fleet with a host for each cell, all of one engine. Rejects with `PackagesUnavailableError` if something cannot be had. */
export async function startSites(cells: readonly Cell[]): Promise<{
  readonly sites: ReadonlyMap<Cell, Site>;
  readonly stop: () => Promise<void>;
}> {
  const [first] = cells;
  if (first === undefined) throw new Error("no cell");
  const addresses = Object.values(clientAddresses).flatMap(({ v4, v6 }) => [
    `${v4}/24`,
    `${v6}/64`,
  ]);
  const fleet = await startFleet({
    engine: first.engine,
    hosts: cells.map((cell, index) => {
      const name = `cell-${String(index)}`;
      return { ...cell.host, name, iptables: cell.iptables, labels: { cell: name } };
    }),
    clients: [{ name: "client", addresses }],
  });
  const sites = cells.map((cell, index) => {
    const host = fleet.lab.host(`cell-${String(index)}`);
    return [cell, { cell, fleet, host, index }] as const;
  });
  return { sites: new Map(sites), stop: () => fleet.stop() };
}
