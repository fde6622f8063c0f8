const families = ["IPv4", "IPv6"] as const;
const actions = ["Allow", "Deny", "Reject"] as const;
const denials = ["Deny", "Reject"] as const;
const ruleActions = [...actions, "Pass"] as const;
const tiers = ["Guardrail", "Standard", "Baseline"] as const;
const bridgeScopes = ["ingress", "egress", "internal", "host"] as const;
const scopes = [...bridgeScopes, "interface ingress", "interface egress"] as const;
const peerKinds = [
  ...["ipBlock", "addressGroup", "hostSelector", "networkSelector", "containerSelector"],
] as const;
const portKinds = ["any", "tcp", "udp", "icmp", "range", "published"] as const;

function product(...parts: readonly (readonly string[])[]): readonly string[] {
  return parts.reduce<readonly string[]>(
    (names, part) =>
      names.flatMap((name) => part.map((word) => (name === "" ? word : `${name} ${word}`))),
    [""],
  );
}

/** The kinds of path, and what can come of a packet on each: what even a few hundred packets must reach. */
const coarseCells: readonly string[] = [
  ...product(["family"], families, ["TCP", "UDP", "ICMP"], actions),
  ...product(["scope"], scopes, actions),
  ...product(["hairpin"], actions),
  ...product(["published through another network"], actions),
  ...product(["target"], ["network", "container", "interface", "host"], actions),
  ...product(["held"], ["as target", "as peer"], families),
  ...product(["at a published port"], families, actions),
  ...product(["never cut"], ["at the host", "redirected"], families),
  ...product(["held"], ["ingress", "egress", "host"], ["of a new bridge"]),
  ...product(["held at a named port"], families),
  ...product(["would be denied and"], ["is not", "is"]),
  ...product(["set", "no set"], families),
];

/** What a proof over many pairs must reach. */
export const allCells: readonly string[] = [
  ...coarseCells,
  ...product(["decided by"], tiers, actions),
  ...product(["decided by default"], denials, scopes),
  ...product(["decided by nothing"], scopes),
  ...product(["peer"], ["from", "to"], ["anywhere", ...peerKinds], ruleActions),
  ...product(["peer"], ["from and to"], ruleActions),
  ...product(["port"], portKinds, ruleActions),
  ...product(["passed by"], tiers, scopes),
  ...product(["behind"], ["1", "2"], ["Pass, rule"], actions),
  ...product(["behind"], ["1", "2", "3"], ["Pass, default"], denials),
  ...product(["behind"], ["1", "2", "3"], ["Pass, nothing Allow"]),
  ...product(["both asked"], actions),
  ...product(["hairpin, both asked"], actions),
  ...product(["held as target"], bridgeScopes, families),
  ...product(["held as peer"], ["ingress", "egress", "internal"], families),
  ...product(["held by a published port"], families),
  ...product(["would be denied by"], ["rule", "default"], scopes),
  ...product(
    ["would be denied"],
    families,
    ["at target"],
    ["network", "container", "interface", "host"],
  ),
  ...product(["set"], families, ruleActions),
  ...product(["log"], ruleActions),
  ...product(["log"], ["of what would be denied"]),
  ...product(["at a published port, asked"], ["nobody", "ingress", "egress", "egress and ingress"]),
  ...product(["at a published port, other family"], actions),
  "at a published port of nobody known Deny",
  "at a published port, would be denied",
  "interface beside a Docker bridge, not asked",
];
