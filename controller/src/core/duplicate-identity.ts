import { z } from "zod";

/** An agent, as the stream that it has opened says. */
export const agentSighting = z.strictObject({
  /** Made anew at each start of an agent and kept nowhere: no copy of a host's disk has it. */
  instance: z.string(),
  /** Of the connection. */
  address: z.string(),
  /** RFC 3339, by the controller's clock. */
  at: z.iso.datetime(),
});
export type AgentSighting = Readonly<z.infer<typeof agentSighting>>;

/** Two agents that have the keys of one host. */
export const duplicateIdentity = z.strictObject({
  /** When it was found. */
  since: z.iso.datetime(),
  /** Where each was seen last, the newest first. */
  agents: z.tuple([agentSighting, agentSighting]),
});
export type DuplicateIdentity = Readonly<z.infer<typeof duplicateIdentity>>;

/** What is remembered of one host's agents. */
export interface IdentityTrail {
  /** One for each turn, newest first. */
  readonly turns: readonly AgentSighting[];
  /** When an agent came back after another had come, newest first. */
  readonly returns: readonly number[];
}

export const noTrail: IdentityTrail = { turns: [], returns: [] };

const KEPT_TURNS = 16;
/**
 * An agent that has ended never comes back: the next start is another instance, and two cannot run at once on one host.
 * Once it can look like it: a virtual machine that is put back to a snapshot with its memory, or the last words of an agent
 * that has died, which the network delivers late and which drive its successor away for a moment.
 */
const RETURNS = 3;
/** Two that live drive each other away, and each is back within half a minute. */
const WITHIN_MS = 10 * 60_000;

/** What is known after an agent has opened a stream, and whether there are two by now. */
export function afterSighting(
  { turns, returns }: IdentityTrail,
  seen: AgentSighting,
): { readonly trail: IdentityTrail; readonly duplicate: DuplicateIdentity | undefined } {
  const [current, ...earlier] = turns;
  // A stream that broke, a half-dead connection, another address: the same agent all the same.
  if (current?.instance === seen.instance) {
    return { trail: { turns: [seen, ...earlier], returns }, duplicate: undefined };
  }
  const now = Date.parse(seen.at);
  const isBack = earlier.some(({ instance }) => instance === seen.instance);
  const recent = [...(isBack ? [now] : []), ...returns].filter((at) => at > now - WITHIN_MS);
  const trail = { turns: keptTurns([seen, ...turns]), returns: recent };
  const isTwo = isBack && current !== undefined && recent.length >= RETURNS;
  return { trail, duplicate: isTwo ? { since: seen.at, agents: [seen, current] } : undefined };
}

/**
 * The one that has come, and of the others those that have lasted longest: agents that come for a moment each, however
 * many, must not hide the one that stays.
 */
function keptTurns(turns: readonly AgentSighting[]): readonly AgentSighting[] {
  if (turns.length <= KEPT_TURNS) return turns;
  const lasted = turns
    .slice(1)
    .map(({ at }, index) => Date.parse(turns[index]?.at ?? at) - Date.parse(at));
  return turns.toSpliced(1 + lasted.indexOf(Math.min(...lasted)), 1);
}

/** What has happened, for people. */
export function duplicateInWords({ agents: [one, other] }: DuplicateIdentity): string {
  return `two agents have its keys: one at ${one.address} (seen ${one.at}), another at ${other.address} (seen ${other.at})`;
}

/** To either of them. Not where the other is: one of them may have stolen the keys. */
export function quarantineRefusal(host: string): string {
  return `host ${host} is quarantined, because two agents have its keys; its rules stay as they are, and whoever runs the fleet has to decide: seawall describe host ${host}`;
}

/** What is so while it lasts, and what ends it. */
export function quarantineAdvice(host: string): string {
  return `nothing is given to either until somebody decides: seawall delete host ${host} and join both anew, or, where the copy is gone for good: seawall set host ${host} --end-quarantine`;
}
