import type { Judgement, Packet, ResolvedCase, ResolvedState, RuleName } from "@seawall/policy";
import { caseOf, meantPacket } from "@seawall/policy";
import type { Judged } from "./judged.ts";
import { type Asked, directionOf, ruleOf } from "./judged-rules.ts";
import { ruleCells } from "./rule-cells.ts";

/** The cells of the coverage that a judged packet belongs to, by the rules that had a say. */
export function cellsOf(sent: Judged): readonly string[] {
  const { out, source } = sent.packet;
  if (sent.verdict.management !== undefined) {
    return [`never cut ${out === undefined ? "at the host" : "redirected"} ${source.family}`];
  }
  const { meant, binding } = meantPacket(sent.state, sent.packet);
  const { action, judgements } = sent.verdict;
  const [first] = judgements;
  // What is not known yet has no name but that of its bridge.
  if (first?.network.startsWith("br-") === true) return [`held ${first.scope} of a new bridge`];
  if (first?.network.startsWith("published port ") === true) {
    return [`held at a named port ${source.family}`];
  }
  if (meant === undefined) return [`at a published port of nobody known ${action}`];
  if (binding === undefined) return pathCells(sent);
  const { family } = sent.packet.source;
  return [
    ...pathCells({ ...sent, packet: meant }),
    `at a published port ${family} ${action}`,
    `at a published port, asked ${judgements.map(({ scope }) => scope).join(" and ") || "nobody"}`,
    ...(meant.destination.family === family ? [] : [`at a published port, other family ${action}`]),
    ...(sent.verdict.wouldDeny === undefined ? [] : ["at a published port, would be denied"]),
  ];
}

function pathCells(judged: Judged): readonly string[] {
  const { state, packet, verdict } = judged;
  const { action, judgements } = verdict;
  const cells = [`family ${packet.source.family} ${packet.protocol} ${action}`];
  for (const judgement of judgements) cells.push(...judgementCells(judgement, judged));
  if (judgements.length === 2) cells.push(`both asked ${action}`);
  if (isHairpin(judged) && judgements.length > 0) {
    cells.push(`hairpin ${action}`);
    if (judgements.length === 2) cells.push(`hairpin, both asked ${action}`);
  }
  if (isBesideBridge(state, packet)) cells.push("interface beside a Docker bridge, not asked");
  cells.push(...wouldDenyCells(judged));
  return cells;
}

function isHairpin({ state, packet }: Judged): boolean {
  const { in: from, out: to, publishedPort } = packet;
  return from === to && publishedPort !== undefined && state.dockerBridges.includes(from);
}

function isBesideBridge({ dockerBridges, interfaces }: ResolvedState, packet: Packet): boolean {
  const ends = [packet.in, packet.out ?? ""];
  return (
    ends.some((end) => dockerBridges.includes(end)) &&
    ends.some((end) => interfaces.some((one) => one.interface === end))
  );
}

function judgementCells(judgement: Judgement, judged: Judged): readonly string[] {
  const { action, decidedBy, passedBy = [], held } = judgement;
  const { state } = judged;
  const scope = scopeName(judgement, state);
  if (held === true) return heldCells(judgement, judged);
  const cells = [`scope ${scope} ${action}`];
  const how =
    decidedBy === undefined ? "nothing" : decidedBy.rule === "default" ? "default" : "rule";
  if (decidedBy === undefined) cells.push(`decided by nothing ${scope}`);
  else cells.push(`target ${targetOf(judgement, decidedBy, judged)} ${action}`);
  if (how === "default") cells.push(`decided by default ${action} ${scope}`);
  if (passedBy.length > 0) cells.push(`behind ${String(passedBy.length)} Pass, ${how} ${action}`);
  for (const name of [...passedBy, ...(decidedBy === undefined ? [] : [decidedBy])]) {
    const rule = ruleOf(state, { ...judgement, ...name });
    if (rule === undefined) continue;
    cells.push(...ruleCells(rule, judgement.scope, judged));
    if (rule.action === "Pass") cells.push(`passed by ${rule.tier} ${scope}`);
  }
  if (decidedBy !== undefined && isOfAnotherNetwork(judgement, decidedBy, judged)) {
    cells.push(`published through another network ${action}`);
  }
  return cells;
}

/** A list of a bridge, or of an interface. */
function scopeName(
  { network, scope }: Asked,
  { interfaces }: Pick<ResolvedState, "interfaces">,
): string {
  return interfaces.some((one) => one.interface === network) ? `interface ${scope}` : scope;
}

/** It came by a published port, and a policy that says nothing of this network otherwise decided. */
function isOfAnotherNetwork(
  asked: Asked,
  { policy }: RuleName,
  { state, packet }: Judged,
): boolean {
  const { cases } = directionOf(state, asked);
  const speaks = ({ list }: ResolvedCase) =>
    list.defaultPolicy === policy || list.rules.some((rule) => rule.policy === policy);
  return (
    fittingCase(state, asked, packet)?.published === true &&
    !cases.some((one) => one.published === undefined && speaks(one))
  );
}

function heldCells(judgement: Judgement, { state, packet }: Judged): readonly string[] {
  const { family } = packet.source;
  const isTarget = fittingCase(state, judgement, packet) === undefined;
  if (isTarget && directionOf(state, judgement).holdsPublished === true) {
    return [`held by a published port ${family}`];
  }
  const what = isTarget ? "as target" : "as peer";
  return [`held ${what} ${family}`, `held ${what} ${judgement.scope} ${family}`];
}

function fittingCase(state: ResolvedState, asked: Asked, packet: Packet) {
  const isSource = asked.scope === "egress" || asked.scope === "host";
  const end = isSource ? packet.source : packet.destination;
  return caseOf(directionOf(state, asked), end, packet.publishedPort);
}

/** What the policy that decided is about. */
function targetOf({ scope }: Asked, { policy }: RuleName, { policies }: Judged): string {
  const spec = policies.get(policy)?.spec;
  if (spec?.interfaces !== undefined) return "interface";
  if (scope === "host") return "host";
  return spec?.containerSelector === undefined ? "network" : "container";
}

function wouldDenyCells(judged: Judged): readonly string[] {
  const { state, packet, verdict } = judged;
  const { action, wouldDeny } = verdict;
  if (wouldDeny?.decidedBy === undefined || state.audit === undefined) return [];
  const rule = ruleOf(state.audit, { ...wouldDeny, ...wouldDeny.decidedBy });
  const scope = scopeName(wouldDeny, state.audit);
  const target = targetOf(wouldDeny, wouldDeny.decidedBy, judged);
  return [
    `would be denied and ${action === "Allow" ? "is not" : "is"}`,
    `would be denied by ${rule === undefined ? "default" : "rule"} ${scope}`,
    `would be denied ${packet.source.family} at target ${target}`,
    ...(rule?.log === true ? ["log of what would be denied"] : []),
  ];
}
