import type { HostDocument, HostStateName } from "@seawall/policy";
import { humanDuration } from "../duration.ts";
import type { Tone } from "../terminal.ts";
import type { View } from "./column.ts";
import { count } from "./column.ts";

/** Enforces its newest bundle, read back. The word InSync alone is not enough. */
export function isInSync({ status }: HostDocument): boolean {
  return (
    status.state === "InSync" &&
    status.generation > 0 &&
    status.observedGeneration === status.generation
  );
}

const tones: Readonly<Record<HostStateName, Tone>> = {
  InSync: "good",
  Applying: "warn",
  Pending: "warn",
  Drifted: "warn",
  Stale: "warn",
  Failed: "bad",
  Reverted: "bad",
  Unsupported: "bad",
  Quarantined: "bad",
};

export function stateWord(host: HostDocument, { paint }: View): string {
  const { state } = host.status;
  return paint(state === "InSync" && !isInSync(host) ? "warn" : tones[state], state);
}

/** `118`, or `117→118` while the newest is not what is enforced. */
export function generation({ status }: HostDocument, { utf8 }: View): string {
  if (status.generation === 0) return "-";
  if (status.observedGeneration === status.generation) return String(status.generation);
  return `${status.observedGeneration}${utf8 ? "→" : "->"}${status.generation}`;
}

/** `4`, or `3/4` while some of them are not enforced. */
export function policyCount({ status }: HostDocument): string {
  const all = status.policies.length;
  const enforced = status.policies.filter(({ reason }) => reason === "Enforced").length;
  return enforced === all ? String(all) : `${enforced}/${all}`;
}

/** Since the last report; `-` when there is none to speak of. */
export function lastSeen({ status }: HostDocument): string {
  return status.reportAgeMs < 0 ? "-" : humanDuration(status.reportAgeMs);
}

export function drift({ status }: HostDocument, { now, paint }: View): string {
  const [newest] = status.drifts;
  if (newest === undefined) return "-";
  const open = status.drifts.filter(({ repairedTime }) => repairedTime === "").length;
  if (open > 0) return paint("warn", `${open} not repaired`);
  const since = humanDuration(now - Date.parse(newest.repairedTime));
  return `${status.drifts.length} repaired ${since} ago`;
}

const words: readonly (readonly [HostStateName, string])[] = [
  ["Applying", "applying"],
  ["Pending", "pending"],
  ["Drifted", "drifted"],
  ["Failed", "failed"],
  ["Reverted", "reverted"],
  ["Unsupported", "unsupported"],
  ["Quarantined", "quarantined"],
  ["Stale", "stale"],
];

/** `3 hosts: 2 in sync, 1 stale`, and where to look next. */
export function hostSummary(hosts: readonly HostDocument[]): string {
  const inSync = hosts.filter(isInSync);
  const behind = hosts.filter((host) => host.status.state === "InSync" && !isInSync(host));
  const parts = [
    [inSync.length, "in sync"] as const,
    [behind.length, "behind"] as const,
    ...words.map(
      ([state, word]) =>
        [hosts.filter(({ status }) => status.state === state).length, word] as const,
    ),
  ].filter(([amount]) => amount > 0);
  const line = `${count(hosts.length, "host")}: ${parts.map(([amount, word]) => `${amount} ${word}`).join(", ")}`;
  const trouble = hosts.find(({ status }) => tones[status.state] === "bad");
  return trouble === undefined
    ? line
    : `${line}\nLook closer: seawall describe host ${trouble.metadata.name}`;
}
