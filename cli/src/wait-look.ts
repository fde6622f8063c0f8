import { type PolicyDocument, policyDocument } from "@seawall/policy";
import type { Connection } from "./connection.ts";
import { CommandFailure, exitCodes } from "./exit-code.ts";
import { type HostDocument, hostDocument } from "./host-document.ts";
import { type Kind, objectName, type Target } from "./kind.ts";
import { readDocuments } from "./read-document.ts";
import { hostSelectorOf } from "./views/policy.ts";
import { judgeHost, type WaitCondition, type WaitVerdict } from "./wait-condition.ts";

/** What one look at the fleet says. */
export interface Look {
  readonly verdict: WaitVerdict;
  /** How each object is, by `prefix/name`. */
  readonly lines: ReadonlyMap<string, string>;
}

/** @throws CommandFailure when what is waited for does not exist. */
export async function lookAt(
  { kind, names }: Target,
  selector: string,
  wanted: WaitCondition,
  connection: Connection,
  waitedMs: number,
): Promise<Look> {
  if (wanted.kind === "delete") return await lookForAbsence(kind, names, connection);
  if (kind.kind === "FleetPolicy") {
    const looks: Look[] = [];
    for (const name of names) looks.push(await lookAtPolicy(name, connection, waitedMs));
    return together(looks);
  }
  const hosts =
    names.length === 0
      ? await getHosts(connection, { selector })
      : (await Promise.all(names.map((name) => getHosts(connection, { name })))).flat();
  if (hosts.length === 0) {
    throw new CommandFailure(
      exitCodes.no,
      "Error (NotFound): no host is selected, so there is nothing to wait for",
    );
  }
  return judge(hosts, wanted, waitedMs);
}

async function getHosts(
  connection: Connection,
  request: { readonly name?: string; readonly selector?: string },
): Promise<readonly HostDocument[]> {
  return readDocuments(hostDocument, (await connection.get({ kind: "Host", ...request })).items);
}

function judge(hosts: readonly HostDocument[], wanted: WaitCondition, waitedMs: number): Look {
  return together(
    hosts.map((host) => ({
      verdict: judgeHost(host, wanted, waitedMs),
      lines: new Map([[objectName("Host", host.metadata.name), hostLine(host)]]),
    })),
  );
}

/** Failed as soon as one is, met when all are. */
function together(looks: readonly Look[]): Look {
  const verdicts = looks.map(({ verdict }) => verdict);
  const worst = (["failed", "pending"] as const).find((verdict) => verdicts.includes(verdict));
  return { verdict: worst ?? "met", lines: new Map(looks.flatMap(({ lines }) => [...lines])) };
}

function hostLine({ status }: HostDocument): string {
  const why = [status.reason, status.message].filter((part) => part !== "").join(": ");
  const { generation, observedGeneration } = status;
  const at =
    observedGeneration === generation ? generation : `${observedGeneration} of ${generation}`;
  return `${status.state} at generation ${at}${why === "" ? "" : ` (${why})`}`;
}

/** A policy is in sync when every host that it selects is, and says so of this policy. */
async function lookAtPolicy(name: string, connection: Connection, waitedMs: number): Promise<Look> {
  const { items } = await connection.get({ kind: "FleetPolicy", name });
  const looks = readDocuments(policyDocument, items).map((policy) =>
    lookAtPolicyHosts(policy, connection, waitedMs),
  );
  return together(await Promise.all(looks));
}

async function lookAtPolicyHosts(
  policy: PolicyDocument,
  connection: Connection,
  waitedMs: number,
): Promise<Look> {
  const { name } = policy.metadata;
  const hosts = await getHosts(connection, { selector: hostSelectorOf(policy) });
  if (hosts.length === 0) {
    const line = "selects no host, so no host enforces it";
    return { verdict: "failed", lines: new Map([[objectName("FleetPolicy", name), line]]) };
  }
  const look = judge(hosts, { kind: "InSync" }, waitedMs);
  const reported = hosts.every(({ status }) =>
    status.policies.some((entry) => entry.name === name),
  );
  return look.verdict === "met" && !reported ? { ...look, verdict: "pending" } : look;
}

async function lookForAbsence(
  { kind }: Kind,
  names: readonly string[],
  connection: Connection,
): Promise<Look> {
  return together(
    await Promise.all(
      names.map(async (name): Promise<Look> => {
        const there = await isThere(kind, name, connection);
        return {
          verdict: there ? "pending" : "met",
          lines: new Map([[objectName(kind, name), there ? "is there" : "is gone"]]),
        };
      }),
    ),
  );
}

async function isThere(kind: string, name: string, connection: Connection): Promise<boolean> {
  try {
    return (await connection.get({ kind, name })).items.length > 0;
  } catch (error) {
    if (error instanceof CommandFailure && error.exitCode === exitCodes.no) return false;
    throw error;
  }
}
