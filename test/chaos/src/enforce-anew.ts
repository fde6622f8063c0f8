import { eventually, type Fleet } from "@seawall/lab";
import type { ChaosSite } from "./chaos-fleet.ts";
import { startDocker } from "./start-docker.ts";

/** What is drawn for the fleet leaves networks and ports open as it likes, and some hosts without a policy. */
export const inSyncAndWhole = [
  "compliance",
  ...["--control", "DesiredEqualsKernel", "NothingUnenforceable"],
] as const;

/** Takes everything out of the host's kernel, and has Docker and the agent begin again. */
export async function enforceAnew(fleet: Fleet, { host, agent }: ChaosSite): Promise<void> {
  await agent.kill();
  await host.stopDocker();
  await host.run(["nft", "flush", "ruleset"]);
  await host.run(["ipset", "destroy"]);
  await startDocker(host);
  agent.release();
  const complies = async (): Promise<boolean> =>
    (await fleet.seawall([...inSyncAndWhole, "--host", host.name])).code === 0;
  await eventually(complies, {
    what: `${host.name} to comply again`,
    timeoutMs: 120_000,
    intervalMs: 500,
  });
}
