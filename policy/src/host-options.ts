import { z } from "zod";

/**
 * What an operator can decide for one host, beside its mode. The first value of each is what holds where nothing is
 * said; only what differs is kept and sent.
 */
export const hostOptionValues = {
  /** What keeps the rules in the kernel; Auto: what Docker uses for its own. */
  enforcement: ["Auto", "iptables", "nftables"],
  /** The same verdicts once more behind filter, for what is forwarded. */
  forwardGuard: ["On", "Off"],
  /** Published ports where docker-proxy answers for them, and what containers send to the host, once more behind filter. */
  inputGuard: ["On", "Off"],
  /** Nothing denies what agents send to NATS and the controller, where these run in containers of the host. */
  managementGuard: ["On", "Off"],
  /** What a bridge that looks like Docker's brings before it is known whose it is. */
  newNetworks: ["Hold", "Open"],
  /** What somebody else changes in our rules. */
  drift: ["Heal", "Warn"],
} as const satisfies Readonly<Record<string, readonly [string, string, ...string[]]>>;

/** For people who choose. */
export const hostOptionMeanings: Readonly<Record<HostOptionName, string>> = {
  enforcement: "what the rules are kept in. Auto: what Docker uses for its own.",
  forwardGuard:
    "Off: nothing stands behind filter, so what is let through ahead of DOCKER-USER is through.",
  newNetworks: "Open: a new network is open until its policies are found, which takes a moment.",
  inputGuard: "Off: what docker-proxy answers in place of a redirection is judged by nobody.",
  managementGuard:
    "Off: policies may cut agents from NATS and the controller, where these run in containers of the host.",
  drift:
    "Warn: what others change in our rules is reported, and stays until there are new rules to write.",
};

type Values = typeof hostOptionValues;
export type HostOptionName = keyof Values;

/** Every option of a host. */
export type HostOptions = { readonly [Name in HostOptionName]: Values[Name][number] };

/** Those that an operator has chosen otherwise. */
export type ChosenHostOptions = Partial<HostOptions>;

export const hostOptionNames = Object.keys(hostOptionValues) as readonly HostOptionName[];

export const chosenHostOptions = z.strictObject({
  enforcement: z.enum(hostOptionValues.enforcement).exactOptional(),
  forwardGuard: z.enum(hostOptionValues.forwardGuard).exactOptional(),
  inputGuard: z.enum(hostOptionValues.inputGuard).exactOptional(),
  managementGuard: z.enum(hostOptionValues.managementGuard).exactOptional(),
  newNetworks: z.enum(hostOptionValues.newNetworks).exactOptional(),
  drift: z.enum(hostOptionValues.drift).exactOptional(),
}) satisfies z.ZodType<ChosenHostOptions>;

export function hostOptionsOf(chosen: ChosenHostOptions = {}): HostOptions {
  return {
    enforcement: hostOptionValues.enforcement[0],
    forwardGuard: hostOptionValues.forwardGuard[0],
    inputGuard: hostOptionValues.inputGuard[0],
    managementGuard: hostOptionValues.managementGuard[0],
    newNetworks: hostOptionValues.newNetworks[0],
    drift: hostOptionValues.drift[0],
    ...chosen,
  };
}

export type OptionsChosen =
  | { readonly ok: true; readonly options: ChosenHostOptions }
  | { readonly ok: false; readonly message: string };

/** The options after somebody has chosen some, by name and value as text; what is chosen as it is anyway is left out. */
export function chooseHostOptions(
  before: ChosenHostOptions,
  wanted: Readonly<Record<string, string>>,
): OptionsChosen {
  for (const [name, value] of Object.entries(wanted)) {
    const known = hostOptionNames.find((one) => one === name);
    if (known === undefined) {
      return {
        ok: false,
        message: `there is no option "${name}"; there is ${hostOptionNames.join(", ")}`,
      };
    }
    const values: readonly string[] = hostOptionValues[known];
    if (!values.includes(value)) {
      return { ok: false, message: `option ${name} is ${values.join(" or ")}, not "${value}"` };
    }
  }
  const all = { ...before, ...wanted };
  const differing = hostOptionNames.flatMap((name) => {
    const value = all[name];
    return value === undefined || value === hostOptionValues[name][0] ? [] : [[name, value]];
  });
  return { ok: true, options: chosenHostOptions.parse(Object.fromEntries(differing)) };
}
