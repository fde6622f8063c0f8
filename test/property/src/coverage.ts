import {
  addressSetContains,
  type Direction,
  type Packet,
  type ResolvedDirection,
  type ResolvedRule,
  type ResolvedState,
  type RuleName,
  type Verdict,
} from "@seawall/policy";

/**
 * Counts what the drawings reach, by the rule that decided: a proof about cases that
 * never occur is none.
 */
export class Coverage {
  readonly #cells = new Map<string, number>(cellNames().map((name) => [name, 0]));

  #pairs = 0;

  get pairs(): number {
    return this.#pairs;
  }

  count(state: ResolvedState, packet: Packet, verdict: Verdict): void {
    this.#pairs += 1;
    this.#add(`family ${packet.source.family} ${packet.protocol} ${verdict.action}`);
    for (const { network, direction, action, decidedBy, passedBy = [] } of verdict.judgements) {
      const list = state.bridges.find((bridge) => bridge.network === network)?.[direction];
      this.#add(`direction ${direction} ${action}`);
      for (const pass of passedBy) {
        const rule = ruleOf(list, pass);
        this.#add(`passed by ${rule.tier} ${direction}`);
        this.#add(`peer ${peerKind(rule, packet, direction)} Pass ${direction}`);
        for (const kind of portKinds(rule)) this.#add(`port ${kind} Pass`);
      }
      if (passedBy.length > 0) {
        this.#add(
          `behind ${String(passedBy.length)} Pass, ${outcomeOf(decidedBy?.rule)} ${action}`,
        );
      }
      if (decidedBy === undefined) {
        this.#add(`decided by nothing, ${direction}`);
        continue;
      }
      if (decidedBy.rule === "default") {
        this.#add(`decided by default, ${action} ${direction}`);
        continue;
      }
      const rule = ruleOf(list, decidedBy);
      this.#add(`decided by ${rule.tier} ${action}`);
      this.#add(`peer ${peerKind(rule, packet, direction)} ${action} ${direction}`);
      for (const kind of portKinds(rule)) this.#add(`port ${kind} ${action}`);
    }
    if (verdict.judgements.length === 2) this.#add(`both bridges asked ${verdict.action}`);
  }

  empty(): readonly string[] {
    return [...this.#cells].filter(([, count]) => count === 0).map(([name]) => name);
  }

  table(): string {
    const width = Math.max(...[...this.#cells.keys()].map((name) => name.length));
    return [...this.#cells]
      .map(([name, count]) => `  ${name.padEnd(width)} ${String(count).padStart(8)}`)
      .join("\n");
  }

  #add(name: string): void {
    const count = this.#cells.get(name);
    if (count === undefined) throw new Error(`no cell for ${name}`);
    this.#cells.set(name, count + 1);
  }
}

function ruleOf(list: ResolvedDirection | undefined, { policy, rule }: RuleName): ResolvedRule {
  const found = list?.rules.find((one) => one.policy === policy && one.rule === rule);
  if (found === undefined) throw new Error(`${policy}/${rule} had a say and is not there`);
  return found;
}

function outcomeOf(rule: string | undefined): string {
  if (rule === undefined) return "nothing";
  return rule === "default" ? "default" : "rule";
}

const actions = ["Allow", "Deny", "Reject"] as const;
const ruleActions = [...actions, "Pass"] as const;
const directions = ["ingress", "egress"] as const;
const peers = ["anywhere", "addresses", "network"] as const;
const portKindNames = ["any", "tcp", "udp", "icmp", "range", "published"] as const;

function cellNames(): readonly string[] {
  return [
    ...["IPv4", "IPv6"].flatMap((family) =>
      ["TCP", "UDP", "ICMP"].flatMap((protocol) =>
        actions.map((action) => `family ${family} ${protocol} ${action}`),
      ),
    ),
    ...directions.flatMap((direction) =>
      actions.map((action) => `direction ${direction} ${action}`),
    ),
    ...directions.map((direction) => `decided by nothing, ${direction}`),
    ...directions.flatMap((direction) =>
      (["Deny", "Reject"] as const).map((action) => `decided by default, ${action} ${direction}`),
    ),
    ...["Guardrail", "Standard", "Baseline"].flatMap((tier) =>
      actions.map((action) => `decided by ${tier} ${action}`),
    ),
    ...peers.flatMap((peer) =>
      ruleActions.flatMap((action) =>
        directions.map((direction) => `peer ${peer} ${action} ${direction}`),
      ),
    ),
    ...portKindNames.flatMap((kind) => ruleActions.map((action) => `port ${kind} ${action}`)),
    ...["Guardrail", "Standard", "Baseline"].flatMap((tier) =>
      directions.map((direction) => `passed by ${tier} ${direction}`),
    ),
    ...["1", "2"].flatMap((count) => [
      ...actions.map((action) => `behind ${count} Pass, rule ${action}`),
      `behind ${count} Pass, default Deny`,
      `behind ${count} Pass, default Reject`,
    ]),
    ...["1", "2", "3"].map((count) => `behind ${count} Pass, nothing Allow`),
    ...["Deny", "Reject"].map((action) => `behind 3 Pass, default ${action}`),
    ...actions.map((action) => `both bridges asked ${action}`),
  ];
}

function peerKind(
  { addresses }: ResolvedRule,
  packet: Packet,
  direction: Direction,
): (typeof peers)[number] {
  if (addresses === undefined) return "anywhere";
  const peer = direction === "ingress" ? packet.source : packet.destination;
  return addressSetContains(addresses, peer) ? "addresses" : "network";
}

function portKinds({ ports }: ResolvedRule): ReadonlySet<(typeof portKindNames)[number]> {
  if (ports === undefined) return new Set(["any"]);
  return new Set(
    ports.map((port) => {
      if (port.kind === "icmp") return "icmp";
      if (port.kind === "publishedPort") return "published";
      if (port.ports !== undefined && port.ports.first !== port.ports.last) return "range";
      return port.protocol === "TCP" ? "tcp" : "udp";
    }),
  );
}
