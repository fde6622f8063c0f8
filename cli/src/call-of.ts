import { CommandFailure, exitCodes } from "./exit-code.ts";
import { type KindName, kindNames, parseTarget } from "./kind.ts";

interface Verb {
  /** The controller's call behind it. */
  readonly call: string;
  /** Absent: it takes no kind. */
  readonly kinds?: readonly KindName[];
}

const verbs: Readonly<Record<string, readonly Verb[]>> = {
  apply: [{ call: "Apply" }],
  diff: [{ call: "Diff" }],
  get: [{ call: "Get", kinds: kindNames }],
  describe: [{ call: "Get", kinds: kindNames }],
  delete: [
    { call: "Delete", kinds: ["FleetPolicy", "AddressGroup", "RolloutStrategy"] },
    { call: "DeleteHost", kinds: ["Host"] },
  ],
  label: [{ call: "LabelHost", kinds: ["Host"] }],
  set: [{ call: "SetHost", kinds: ["Host"] }],
  wait: [{ call: "Get", kinds: ["Host"] }],
  compliance: [{ call: "Compliance" }],
  trace: [{ call: "Trace" }],
  exposure: [{ call: "Exposure" }],
  flows: [{ call: "Flows" }],
  events: [{ call: "Events" }],
};

/** Verbs of things that are no kind, as they are typed. */
const things = new Map([
  ["token create", "CreateToken"],
  ["token list", "ListTokens"],
  ["token revoke", "RevokeToken"],
  ["user create", "CreateUser"],
  ["user revoke", "RevokeUser"],
  ["user list", "ListUsers"],
  ["verify history", "History"],
  ["rollout status", "Rollout"],
  ["rollout history", "Rollout"],
  ["rollout pause", "ChangeRollout"],
  ["rollout resume", "ChangeRollout"],
  ["rollout promote", "ChangeRollout"],
  ["rollout abort", "ChangeRollout"],
  ["rollout confirm", "ChangeRollout"],
  ["rollout undo", "Undo"],
]);

/** The controller's call behind a verb: what the role has to allow. @throws CommandFailure */
export function callOf(verb: string, kind: string | undefined): string {
  const thing = kind === undefined ? undefined : thingOf(verb, kind);
  if (thing !== undefined) return thing;
  const known = Object.hasOwn(verbs, verb) ? (verbs[verb] ?? []) : [];
  if (known.length === 0) {
    const all = [...Object.keys(verbs), ...things.keys()].join(", ");
    throw failure(`"${verb}" is not one of the verbs ${all}`);
  }
  const allowed = known.flatMap(({ kinds }) => kinds ?? []);
  if (allowed.length === 0) {
    if (kind !== undefined) throw failure(`${verb} takes no kind`);
    return known[0]?.call ?? "";
  }
  if (kind === undefined) throw failure(`say which kind: seawall auth can-i ${verb} KIND`);
  const target = parseTarget([kind], allowed);
  return known.find(({ kinds }) => kinds?.includes(target.kind.kind))?.call ?? "";
}

/** In kubectl's order too: create tokens. */
function thingOf(verb: string, thing: string): string | undefined {
  return things.get(`${verb} ${thing}`) ?? things.get(`${thing.replace(/s$/, "")} ${verb}`);
}

function failure(message: string): CommandFailure {
  return new CommandFailure(exitCodes.error, `Error: ${message}`);
}
