/** Rules of others, by the chain that they stand in. */
type Chains = ReadonlyMap<string, readonly { readonly text: string }[]>;

/** Where Docker leads from to chains of its own: up to 26 in the first two of these, from 27 on in the others. */
const parents = ["FORWARD", "DOCKER-ISOLATION-STAGE-1", "DOCKER-FORWARD", "DOCKER-BRIDGE"];

// DOCKER-USER is looked after elsewhere. DOCKER-INGRESS goes when the host leaves its swarm, and nothing is wrong then.
const leadsToDocker = /(?:^| )-j DOCKER(?!-USER$|-INGRESS$)(?:-\S+)?$/;

const inNat = "nat PREROUTING ";

/** Rules in filter that lead to Docker's own chains, with the chain that they stand in. */
export function jumpsInFilter(filter: Chains): readonly string[] {
  return parents.flatMap((parent) =>
    (filter.get(parent) ?? []).flatMap(({ text }) =>
      leadsToDocker.test(text) ? [`${parent} ${text}`] : [],
    ),
  );
}

/**
 * The same of nat, by which published ports are redirected, from all that iptables-save printed. undefined: it was not asked
 * for nat, or there is none.
 */
export function jumpsInNat(saved: string): readonly string[] | undefined {
  const start = saved.startsWith("*nat\n") ? 0 : saved.indexOf("\n*nat\n");
  if (start < 0) return undefined;
  const nat = saved.slice(start, saved.indexOf("\nCOMMIT", start));
  return [...nat.matchAll(/^\[\d+:\d+\] -A PREROUTING ((?:.* )?-j DOCKER)$/gm)].map(
    ([, text = ""]) => inNat + text,
  );
}

export function isInNat(jump: string): boolean {
  return jump.startsWith(inNat);
}

const bridge = String.raw`(?:docker\w*|br-[0-9a-f]{12})`;
const rulesOfDocker = [
  /^-j DOCKER(?:-(?:FORWARD|CT|BRIDGE|INTERNAL|INGRESS|ISOLATION-STAGE-[12]))?$/,
  new RegExp(`^-o ${bridge} (?:-j DOCKER|-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT)$`),
  new RegExp(`^-i (${bridge}) (?:! )?-o \\1 -j (?:ACCEPT|DROP)$`),
];

/**
 * Whether what stands ahead of the jump to DOCKER-USER are rules that Docker makes there, and nothing else. Bridges with names of
 * their own are not told from interfaces of others.
 */
export function isBehindDocker(forward: readonly string[]): boolean {
  const ahead = forward.slice(0, Math.max(forward.indexOf("-j DOCKER-USER"), 0));
  return ahead.length > 0 && ahead.every((text) => rulesOfDocker.some((rule) => rule.test(text)));
}

/** The interface that it is about: the bridge of a network; undefined: it is about all of them. */
export function interfaceOf(jump: string): string | undefined {
  return / -[io] (\S+)/.exec(jump)?.[1];
}
