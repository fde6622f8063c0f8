import fc from "fast-check";

/** A write to one object. `none` is a deletion. */
export type PolicyChange =
  | {
      readonly object: "AddressGroup/partners";
      /** So many nobodies are in it: more than 32 CIDRs become a set. */
      readonly nobodies: number;
      readonly admitsPartner: boolean;
    }
  | { readonly object: "FleetPolicy/closed"; readonly action: Closing }
  | {
      readonly object: "FleetPolicy/partners";
      readonly to: { readonly port: 80 | 81; readonly env?: string } | "none";
    }
  | { readonly object: "FleetPolicy/outwards"; readonly action: Closing | "Allow" | "none" }
  | { readonly object: "FleetPolicy/side"; readonly action: Closing | "Allow" | "none" };

type Closing = "Deny" | "Reject";

/** Who sends packets from outside, with what is meant for them. A stranger has the client's own addresses. */
export const senders = {
  /** Is let in by all that is ever written here. */
  office: { v4: "198.51.100.10", v6: "2001:db8:7::10" },
  /** Is let in while its group has it and a policy names the group. */
  partner: { v4: "203.0.113.9", v6: "2001:db8:bad::9" },
} as const;

const closing = fc.constantFrom("Deny", "Reject");
const anything = fc.constantFrom("Deny", "Reject", "Allow", "none");

export const drawnChanges: fc.Arbitrary<PolicyChange> = fc.oneof(
  fc.record({
    object: fc.constant("AddressGroup/partners"),
    nobodies: fc.integer({ min: 0, max: 60 }),
    admitsPartner: fc.boolean(),
  }),
  fc.record({ object: fc.constant("FleetPolicy/closed"), action: closing }),
  fc.record({
    object: fc.constant("FleetPolicy/partners"),
    to: fc.oneof(
      fc.record(
        { port: fc.constantFrom(80, 81), env: fc.constantFrom("prod", "dev") },
        { requiredKeys: ["port"] },
      ),
      fc.constant("none"),
    ),
  }),
  fc.record({
    object: fc.constantFrom("FleetPolicy/outwards", "FleetPolicy/side"),
    action: anything,
  }),
);

/** What every run begins with. */
export const firstChanges: readonly PolicyChange[] = [
  { object: "AddressGroup/partners", nobodies: 3, admitsPartner: true },
  { object: "FleetPolicy/closed", action: "Deny" },
  { object: "FleetPolicy/partners", to: { port: 80 } },
];

/** The manifest; undefined: the object is deleted. No two writes are equal. */
export function manifestOf(change: PolicyChange, number: number): string | undefined {
  switch (change.object) {
    case "AddressGroup/partners":
      return groupManifest(change, number);
    case "FleetPolicy/closed":
      return manifest("FleetPolicy", "closed", number, closedSpec(change.action));
    case "FleetPolicy/partners":
      return change.to === "none"
        ? undefined
        : manifest("FleetPolicy", "partners", number, partnersSpec(change.to));
    case "FleetPolicy/outwards":
      return change.action === "none"
        ? undefined
        : manifest("FleetPolicy", "outwards", number, outwardsSpec(change.action));
    case "FleetPolicy/side":
      return change.action === "none"
        ? undefined
        : manifest("FleetPolicy", "side", number, {
            networkSelector: { names: ["side"] },
            ingress: { defaultAction: change.action },
          });
  }
}

function manifest(kind: string, name: string, number: number, spec: object): string {
  // YAML takes JSON.
  const annotations = { fault: String(number) };
  return JSON.stringify({ apiVersion: "seawall/v1", kind, metadata: { name, annotations }, spec });
}

function groupManifest(
  { nobodies, admitsPartner }: Extract<PolicyChange, { object: "AddressGroup/partners" }>,
  number: number,
): string {
  const { v4, v6 } = senders.partner;
  const block = String(number % 256);
  // No two are neighbours, or they would be one CIDR.
  const cidrs = Array.from({ length: nobodies }, (_, index) => String(index * 2)).flatMap(
    (last) => [`198.18.${block}.${last}/32`, `2001:db8:b0d:${block}::${last}/128`],
  );
  if (admitsPartner) cidrs.push(`${v4}/32`, `${v6}/128`);
  return manifest("AddressGroup", "partners", number, { cidrs });
}

/** Nothing in but from the office, nothing out but to port 7000. */
function closedSpec(action: Closing): object {
  const office = Object.values(senders.office).map((address) => ({
    ipBlock: { cidr: `${address}/${address.includes(":") ? "128" : "32"}` },
  }));
  return {
    networkSelector: { names: ["shop"] },
    ingress: {
      defaultAction: action,
      rules: [{ name: "office", action: "Allow", from: office }],
    },
    egress: {
      defaultAction: action,
      rules: [{ name: "known", action: "Allow", ports: [{ port: 7000 }] }],
    },
  };
}

function partnersSpec({ port, env }: { readonly port: number; readonly env?: string }): object {
  const from = [{ addressGroup: "partners" }];
  return {
    networkSelector: { names: ["shop"] },
    ...(env === undefined ? {} : { hostSelector: { matchLabels: { env } } }),
    ingress: { rules: [{ name: "partners", action: "Allow", from, ports: [{ port }] }] },
  };
}

function outwardsSpec(action: string): object {
  return {
    networkSelector: { names: ["shop", "side"] },
    egress: { rules: [{ name: "mail", action, ports: [{ port: 7001 }] }] },
  };
}
