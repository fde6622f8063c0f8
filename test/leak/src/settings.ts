import { type Engine, EngineUnavailableError, engines } from "@seawall/lab";
import { furnish, type LeakHost, startLeakFleet } from "./leak-host.ts";

/**
 * What packets are sent at: each engine as it comes, with docker-proxy; and the newest without it and with
 * live-restore, where containers go on being reachable while Docker is away and sets itself up.
 */
export const settings = ["20.10", "26.1", "28.5", "28.5 with live-restore"] as const;
export type Setting = (typeof settings)[number];

/** A host in each setting; without those whose engine cannot be had today, which is said loudly. */
export async function startSettings(): Promise<ReadonlyMap<Setting, LeakHost>> {
  const hosts = await Promise.all(
    engines.map(async (engine) => {
      try {
        return await startEngine(engine);
      } catch (error) {
        if (!(error instanceof EngineUnavailableError)) throw error;
        process.stderr.write(`\nLEFT OUT: leak tests of an engine: ${error.message}\n\n`);
        return [];
      }
    }),
  );
  return new Map(hosts.flat());
}

async function startEngine(engine: Engine): Promise<readonly (readonly [Setting, LeakHost])[]> {
  const alpha = { name: "alpha" };
  if (engine !== "28.5") {
    return [[engine, await furnish(await startLeakFleet([alpha], engine), "alpha", 1)]];
  }
  const live = { name: "live", userlandProxy: false, dockerdArgs: ["--live-restore"] };
  const fleet = await startLeakFleet([alpha, live], engine);
  return [
    [engine, await furnish(fleet, "alpha", 1)],
    ["28.5 with live-restore", await furnish(fleet, "live", 2)],
  ];
}
