import {
  compile,
  complianceControlNames,
  factsOfHost,
  type HostDocument,
  parseManifests,
} from "@seawall/policy";
import type { HostReport__Output } from "@seawall/proto";
import { describe, expect, test } from "vitest";
import { complianceOf, unknownCompliance } from "./compliance.ts";
import type { ComplianceEvidence } from "./compliance-evidence.ts";
import { hostDocument } from "./host-document.ts";
import type { HostKnowledge } from "./host-status.ts";
import { duplicate } from "./testing/duplicate.ts";

function entry(words: string, position = 1) {
  const [family = "", table = "", chain = "", leadsTo = ""] = words.split(" ");
  return { family, table, chain, leadsTo, position, priority: 0 };
}

const jumps = [
  entry("IPv4 filter FORWARD DOCKER-USER"),
  entry("IPv4 filter DOCKER-USER SEAWALL"),
  entry("IPv4 filter INPUT SEAWALL-INPUT"),
  entry("IPv4 security FORWARD SEAWALL"),
  entry("IPv4 security INPUT SEAWALL-INPUT"),
];

const inNftables = ["forward", "input"].map((chain) => ({
  ...{ family: "inet", table: "seawall", chain, leadsTo: chain },
  ...{ position: 0, priority: -10 },
}));

/** A host with one network, and one container on it that publishes a port. */
const report: HostReport__Output = {
  state: "HOST_STATE_IN_SYNC",
  conditions: [],
  observedEpoch: 1,
  observedGeneration: 7,
  revision: 3,
  inventory: {
    networks: [
      {
        ...{ id: "n1", name: "shop", driver: "bridge", bridge: "br-1", subnets: ["10.1.0.0/16"] },
        ...{ labels: {}, internal: false, iccOff: false, routed: [] },
      },
    ],
    containers: [
      {
        ...{ id: "c1", name: "mysql", labels: {}, hostNetwork: false },
        attachments: [{ networkId: "n1", addresses: ["10.1.0.2"] }],
        published: [
          { protocol: "TCP", hostAddress: "0.0.0.0", hostPort: 3306, containerPort: 3306 },
        ],
      },
    ],
    ...{
      interfaces: ["eth0", "br-1"],
      addresses: ["192.0.2.1"],
      engine: null,
      management: [],
      ownPorts: [],
      awaitedPorts: [],
    },
  },
  limits: [],
  counters: [],
  versions: {
    ...{ agent: "0.1.0", docker: "28.5.2", iptables: "1.8.9", nft: "" },
    ...{ backend: "iptables-nft", kernel: "6.1" },
  },
  entries: jumps,
  rulesetDigest: "ab",
  bundleDigest: "cd",
  accepted: null,
  drifts: [],
  appliedCuts: null,
  connections: null,
  policies: [{ policy: "p", networks: ["shop"], containers: [], reason: "Enforced", message: "" }],
  observedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
};

const denied = "{ingress: {defaultAction: Deny}}";

interface Given {
  readonly report?: Partial<HostReport__Output>;
  readonly known?: Partial<HostKnowledge>;
  readonly mode?: "Enforce" | "Audit";
  readonly options?: { readonly inputGuard?: "Off"; readonly forwardGuard?: "Off" };
  /** Of the policy p. */
  readonly spec?: string;
  readonly reading?: ComplianceEvidence["reading"];
  readonly policy?: string;
  /** It cannot be told what is wanted. */
  readonly isNotTold?: boolean;
}

function policyOf(spec: string) {
  const head = "apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: p}\n";
  const { resources } = parseManifests([{ name: "p.yaml", content: `${head}spec: ${spec}\n` }]);
  return resources.map(({ resource }) => resource);
}

function evidence(given: Given): ComplianceEvidence {
  const { mode = "Enforce", options = {}, spec = denied, reading = { ok: true } } = given;
  const identity = { name: "a", labels: {}, addresses: [], enrolledAt: "2026-01-01T00:00:00Z" };
  const host: HostDocument = hostDocument(
    { ...identity, mode, options },
    {
      ...{ epoch: 1, generation: 7, bundleDigest: "cd", bundle: "current", everReported: true },
      ...{ report: { ...report, ...given.report }, reportAgeMs: 1_000 },
      ...given.known,
    },
  );
  const facts = factsOfHost(host);
  const desired = compile(policyOf(spec), [], facts);
  const { policy } = given;
  return {
    host,
    reading,
    desired: given.isNotTold ? undefined : desired,
    view: facts.view,
    policy,
  };
}

/** What does not pass, each with its reason. */
function problems(given: Given): readonly string[] {
  return complianceOf(evidence(given))
    .controls.filter(({ verdict }) => verdict !== "PASS")
    .map(({ name, verdict, reason }) => `${name} ${verdict} ${reason}`);
}

/** Every control, with this verdict. */
function all(verdict: string, but: readonly string[] = []): readonly string[] {
  return complianceControlNames
    .filter((name) => !but.includes(name))
    .map((name) => `${name} ${verdict}`);
}

test("a host that passes, with what that rests on", () => {
  expect(complianceOf(evidence({}))).toEqual({
    name: "a",
    verdict: "PASS",
    controls: [
      ["ReportFresh", "read back when asked"],
      ["DesiredEqualsKernel", "generation 7 read back"],
      ["HookedFirst", "rule 1 of FORWARD of filter (IPv4), rule 1 of DOCKER-USER of filter (IPv4)"],
      [
        "GuardsStanding",
        "rule 1 of FORWARD of security (IPv4), rule 1 of INPUT of security (IPv4)",
      ],
      ["NothingUnenforceable", "1 enforced: p"],
      ["DefaultDeny", "what comes into every network is denied unless a rule allows it"],
      ["NoPortOpenByDefault", "1 published"],
    ].map(([name, message]) => ({ name, verdict: "PASS", message, reason: "", next: "" })),
    evidence: {
      rulesetDigest: "ab",
      observedTime: "2026-01-02T03:04:05.000Z",
      reportAgeMs: 1_000,
      generation: 7,
      observedGeneration: 7,
      agentVersion: "0.1.0",
      backend: "iptables-nft",
    },
  });
});

describe("what is not known is UNKNOWN, whatever was said before", () => {
  test.for<{ name: string; given: Given; is: string }>([
    {
      name: "a report that is too old",
      given: { known: { reportAgeMs: 45_001 } },
      is: "UNKNOWN ReportTooOld",
    },
    {
      name: "one of two agents that have its keys",
      given: { known: { quarantine: duplicate } },
      is: "UNKNOWN DuplicateIdentity",
    },
    {
      name: "none since the controller started",
      given: { known: { report: undefined, reportAgeMs: undefined } },
      is: "UNKNOWN NotReported",
    },
    {
      name: "joined, never reported",
      given: { known: { report: undefined, reportAgeMs: undefined, everReported: false } },
      is: "UNKNOWN NeverReported",
    },
    { name: "no bundle yet", given: { known: { generation: 0 } }, is: "UNKNOWN NotCompiled" },
    {
      name: "no answer when asked",
      given: { reading: { ok: false, reason: "DeadlineExceeded", message: "no answer" } },
      is: "UNKNOWN DeadlineExceeded",
    },
    {
      name: "no digest of the rules",
      given: { report: { rulesetDigest: "" } },
      is: "UNKNOWN NotReadBack",
    },
    {
      name: "too old and failed: it may be repaired since",
      given: { report: { state: "HOST_STATE_DRIFTED" }, known: { reportAgeMs: 60_000 } },
      is: "UNKNOWN ReportTooOld",
    },
  ])("$name → every control $is", ({ given, is }) => {
    expect(problems(given)).toEqual(all(is));
  });

  test("of a host whose record is not believed nothing is known", () => {
    const unbelieved = { reason: "Missing", message: "it is gone" };
    const { verdict, controls } = unknownCompliance("b", unbelieved, complianceControlNames);
    expect(verdict).toBe("UNKNOWN");
    expect(controls.map(({ name, reason }) => `${name} UNKNOWN ${reason}`)).toEqual(
      all("UNKNOWN Missing"),
    );
  });
});

describe("rules that are not the wanted ones prove nothing", () => {
  const proved = ["ReportFresh", "DesiredEqualsKernel"];
  test.for<{ name: string; given: Given; is: string }>([
    { name: "an older generation", given: { known: { generation: 8 } }, is: "OlderGeneration" },
    { name: "another bundle", given: { known: { bundleDigest: "ee" } }, is: "OtherBundle" },
    { name: "a bundle to come", given: { known: { bundle: "pending" } }, is: "BundlePending" },
    { name: "drifted", given: { report: { state: "HOST_STATE_DRIFTED" } }, is: "Unknown" },
    { name: "reverted", given: { report: { state: "HOST_STATE_REVERTED" } }, is: "Unknown" },
    {
      name: "not supported",
      given: { report: { state: "HOST_STATE_UNSUPPORTED" } },
      is: "Unknown",
    },
  ])("$name → FAIL $is, and the rest is UNKNOWN", ({ given, is }) => {
    expect(problems(given)).toEqual([
      `DesiredEqualsKernel FAIL ${is}`,
      ...all("UNKNOWN NotInSync", proved),
    ]);
  });

  test("failed, and its kernel could not be read", () => {
    expect(problems({ report: { state: "HOST_STATE_FAILED", rulesetDigest: "" } })).toEqual([
      "ReportFresh UNKNOWN NotReadBack",
      "DesiredEqualsKernel FAIL Unknown",
      ...all("UNKNOWN NotReadBack", proved),
    ]);
  });

  test("what shows whatever is in force is a failure all the same", () => {
    expect(problems({ known: { generation: 8 }, spec: "{egress: {defaultAction: Deny}}" })).toEqual(
      [
        "DesiredEqualsKernel FAIL OlderGeneration",
        "HookedFirst UNKNOWN NotInSync",
        "GuardsStanding UNKNOWN NotInSync",
        "NothingUnenforceable UNKNOWN NotInSync",
        "DefaultDeny FAIL OpenByDefault",
        "NoPortOpenByDefault FAIL PortOpenByDefault",
      ],
    );
  });
});

const partly = { ...{ policy: "p", networks: ["shop"], containers: [] }, message: "" };
const landing = { ...{ path: "docker-proxy", reason: "R", message: "m", advice: "a" } };

describe("each control by itself", () => {
  test.for<{ name: string; given: Given; is: readonly string[] }>([
    {
      name: "somebody's rule is ahead of the jump",
      given: {
        report: {
          entries: [entry("IPv4 filter DOCKER-USER SEAWALL", 2), ...jumps.toSpliced(1, 1)],
        },
      },
      is: ["HookedFirst FAIL NotFirst"],
    },
    {
      name: "Docker's jump is gone",
      given: {
        report: { entries: [entry("IPv4 filter FORWARD DOCKER-USER", 0), ...jumps.slice(1)] },
      },
      is: ["HookedFirst FAIL NotFirst"],
    },
    {
      name: "an agent that says nothing of jumps, or has no rules",
      given: { report: { entries: [] } },
      is: ["HookedFirst FAIL NothingHooked", "GuardsStanding FAIL NoGuard"],
    },
    {
      name: "Docker's jump comes first, and leads to no rule",
      given: { report: { entries: [entry("IPv4 filter FORWARD DOCKER-USER")] } },
      is: ["HookedFirst FAIL NotFirst", "GuardsStanding FAIL NoGuard"],
    },
    {
      name: "Docker's jump comes first in both families, and leads to rules in one of them",
      given: { report: { entries: [...jumps, entry("IPv6 filter FORWARD DOCKER-USER")] } },
      is: ["HookedFirst FAIL NotFirst"],
    },
    {
      name: "hooked in one family, and late in the other",
      given: { report: { entries: [...jumps, entry("IPv6 filter FORWARD DOCKER-USER", 3)] } },
      is: ["HookedFirst FAIL NotFirst"],
    },
    {
      name: "in a table of our own",
      given: { report: { entries: inNftables } },
      is: [],
    },
    {
      name: "in a table of our own, behind filter",
      given: { report: { entries: inNftables.map((one) => ({ ...one, priority: 10 })) } },
      is: ["HookedFirst FAIL NotFirst"],
    },
    {
      name: "no guard behind filter, because all is audited",
      given: { report: { entries: jumps.slice(0, 3) } },
      is: ["GuardsStanding FAIL NoGuard"],
    },
    {
      name: "a guard that is not the first rule",
      given: {
        report: {
          entries: jumps.map((one) => (one.table === "security" ? { ...one, position: 2 } : one)),
        },
      },
      is: ["GuardsStanding FAIL GuardNotFirst"],
    },
    {
      name: "the guard of one family of two",
      given: {
        report: {
          entries: [
            ...jumps,
            entry("IPv6 filter FORWARD DOCKER-USER"),
            entry("IPv6 filter DOCKER-USER SEAWALL"),
          ],
        },
      },
      is: ["GuardsStanding FAIL GuardNotFirst"],
    },
    {
      name: "a kernel without the table for it",
      given: {
        report: {
          entries: jumps.slice(0, 3),
          conditions: [
            {
              ...{ type: "GuardMissing", status: true, reason: "SecurityTableMissing" },
              ...{ message: "m", lastTransitionMs: 0 },
            },
          ],
        },
      },
      is: ["GuardsStanding FAIL SecurityTableMissing"],
    },
    {
      name: "a guard that is switched off",
      given: { options: { forwardGuard: "Off" } },
      is: ["GuardsStanding FAIL GuardOff"],
    },
    {
      name: "a table of our own needs no guard behind it",
      given: { options: { forwardGuard: "Off" }, report: { entries: inNftables } },
      is: [],
    },
    {
      name: "a policy says what no rule can bring about",
      given: {
        report: {
          policies: [{ ...partly, reason: "PartiallyEnforced" }],
          limits: [{ ...landing, policies: ["p"] }],
        },
      },
      is: ["NothingUnenforceable FAIL PartiallyEnforced"],
    },
    {
      name: "the host says nothing of a policy that it should enforce",
      given: { report: { policies: [{ ...partly, policy: "q", reason: "Enforced" }] } },
      is: ["NothingUnenforceable UNKNOWN PolicyNotReported"],
    },
    {
      name: "limits that no policy lands on, or one in Audit",
      given: {
        report: {
          policies: [{ ...partly, reason: "Audited" }],
          limits: [
            { ...landing, policies: [] },
            { ...landing, policies: ["p"] },
          ],
        },
      },
      is: [],
    },
    {
      name: "a network without a deny default",
      given: { spec: "{networkSelector: {names: [other]}, ingress: {defaultAction: Deny}}" },
      is: ["DefaultDeny FAIL OpenByDefault", "NoPortOpenByDefault FAIL PortOpenByDefault"],
    },
    {
      name: "a host in Audit",
      given: { mode: "Audit" },
      is: ["DefaultDeny FAIL InAudit", "NoPortOpenByDefault FAIL PortOpenByDefault"],
    },
    {
      name: "a port open to anywhere because a rule says so",
      given: {
        spec: "{ingress: {defaultAction: Deny, rules: [{action: Allow, ports: [{port: 3306}]}]}}",
      },
      is: [],
    },
    {
      name: "policies name hosts, and it is not known which",
      given: { isNotTold: true },
      is: ["NothingUnenforceable", "DefaultDeny", "NoPortOpenByDefault"].map(
        (name) => `${name} UNKNOWN HostNotBelieved`,
      ),
    },
  ])("$name: $is", ({ given, is }) => {
    expect(problems(given)).toEqual(is);
  });

  test("a policy that is asked about by name is to be enforced", () => {
    const audited = { report: { policies: [{ ...partly, reason: "Audited" }] } };
    expect(problems({ ...audited, policy: "p" })).toEqual(["NothingUnenforceable FAIL InAudit"]);
    expect(problems({ ...audited, policy: "q" })).toEqual([]);
  });

  test("with a policy, only the networks that it selects count", () => {
    const spec = "{networkSelector: {names: [other]}, ingress: {defaultAction: Deny}}";
    expect(problems({ spec, policy: "p" })).toEqual([]);
    expect(problems({ spec })).toEqual(
      expect.arrayContaining(["DefaultDeny FAIL OpenByDefault"]) as string[],
    );
  });

  test("the first limits are told, with whose they are", () => {
    const limits = [
      { ...landing, policies: [] },
      { ...landing, policies: ["p", "q", "r", "s"] },
      { ...landing, message: "two", policies: ["p"] },
      { ...landing, message: "three", policies: ["p"] },
    ];
    const policies = [{ ...partly, reason: "PartiallyEnforced" }];
    const { controls } = complianceOf(evidence({ report: { policies, limits } }), [
      "NothingUnenforceable",
    ]);
    expect(controls).toEqual([
      {
        name: "NothingUnenforceable",
        verdict: "FAIL",
        reason: "PartiallyEnforced",
        message: "m (p, q, r and 1 more); two (p); 1 more",
        next: "follow the advice of: seawall describe host a",
      },
    ]);
  });
});

test("a host of which no control was asked has proved nothing", () => {
  expect(complianceOf(evidence({}), []).verdict).toBe("UNKNOWN");
});
