import { eventually, probeTcp, type Stream, type StreamResult, startStream } from "@seawall/lab";
import { hostDocument } from "@seawall/policy";
import type { LeakHost } from "./leak-host.ts";

/** Without IPv6, so that docker-proxy answers who calls by it. */
const network = "plain";
const place = { name: "late", network, ipv4: "10.7.9.91" } as const;
const late = { ...place, publish: ["8091:80"], listen: ["tcp:80"] } as const;

/** Nobody gets in. */
export const closedPlain = `---
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: closed-plain}
spec:
  networkSelector: {names: [${network}]}
  ingress: {defaultAction: Deny}
`;

export async function createPlain({ host }: LeakHost): Promise<void> {
  await host.createNetwork(network, { subnet4: "10.7.9.0/24" });
}

/** What gets through while nobody is against it: resolves when something has. */
export async function throughUnopposed(site: LeakHost): Promise<StreamResult> {
  return await throughWhile(site, async (stream) => {
    await site.host.runContainer(late);
    await eventually(async () => (await stream.through()) > 0, {
      what: "the meter to see what gets through",
    });
  });
}

/** What gets through to a container that is created and started in one go. */
export async function throughAtRun(site: LeakHost): Promise<StreamResult> {
  return await throughWhile(site, async () => {
    await site.host.runContainer(late);
  });
}

/** What gets through to one that has been there for a while. */
export async function throughAtStart(site: LeakHost): Promise<StreamResult> {
  await site.host.createContainer(late);
  await hostSays(site, ({ awaitedPorts }) =>
    awaitedPorts.some(({ container }) => container === late.name),
  );
  return await throughWhile(site, async () => {
    await site.host.docker("start", late.name);
  });
}

/** Until the container answers its host, whom no rule of ours asks, and the agent knows where the port leads. */
async function throughWhile(
  site: LeakHost,
  start: (stream: Stream) => Promise<void>,
): Promise<StreamResult> {
  const { client, host } = site;
  const target = { protocol: "tcp", address: host.ipv6, port: 8091 } as const;
  const stream = await startStream(client, target, { rate: 500, source: client.ipv6 });
  let seen: StreamResult;
  try {
    await start(stream);
    const answers = async (): Promise<boolean> =>
      (await probeTcp(host, { address: place.ipv4, port: 80 })).kind === "open";
    await eventually(answers, { what: `${late.name} to answer its host` });
    await hostSays(site, ({ containers }) =>
      containers.some(({ name, published }) => name === late.name && published.length > 0),
    );
  } finally {
    seen = await stream.stop();
    await host.removeContainer(late.name);
  }
  await hostSays(site, ({ awaitedPorts, containers }) =>
    [
      ...awaitedPorts.map(({ container }) => container),
      ...containers.map(({ name }) => name),
    ].every((name) => name !== late.name),
  );
  return seen;
}

type Status = ReturnType<typeof hostDocument.parse>["status"];

async function hostSays(
  { fleet, host }: LeakHost,
  isSo: (status: Status) => boolean,
): Promise<void> {
  const says = async (): Promise<boolean> => {
    const text = await fleet.mustSeawall(["get", "host", host.name, "-o", "json"]);
    const { status } = hostDocument.parse(JSON.parse(text));
    return status.state === "InSync" && isSo(status);
  };
  await eventually(says, { what: `${host.name} to say so of ${late.name}`, timeoutMs: 60_000 });
}

/** How often it was open, and for how long at most. */
export function describeRuns(runs: readonly StreamResult[]): string {
  const open = runs.filter(({ through }) => through > 0);
  const longest = Math.max(
    0,
    ...open.map(({ windows }) => (windows.at(-1)?.lastMs ?? 0) - (windows[0]?.firstMs ?? 0)),
  );
  return `${String(open.length)} of ${String(runs.length)} were open until they were known, for ${String(Math.round(longest))} ms at most`;
}
