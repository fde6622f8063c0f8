import type { TraceDocument } from "@seawall/policy";
import { count, list, type View } from "./column.ts";
import { indent } from "./describe.ts";

type Group = TraceDocument["groups"][number];
type Path = Group["paths"][number];
type End = Path["source"];
type Judgement = NonNullable<Path["verdict"]>["judgements"][number];
type Change = Path["change"];

const tones = {
  Allowed: "good",
  Denied: "bad",
  Rejected: "bad",
  Closed: "bad",
  Unknown: "warn",
} as const satisfies Record<Path["outcome"], string>;

const outcomes = {
  Allowed: "ALLOWED",
  Denied: "DENIED",
  Rejected: "REJECTED",
  Closed: "CLOSED BY DOCKER",
  Unknown: "UNKNOWN",
} as const satisfies Record<Path["outcome"], string>;

/** Every different answer, with the hosts that give it, in words. */
export function traceText(document: TraceDocument, view: View): string {
  const { groups, elsewhere } = document;
  return [
    ...groups.map((group) => groupText(document, group, view)),
    ...elsewhere.map(({ hosts, reason }) => `Not on ${hostList(hosts)}: ${reason}\n`),
  ].join("\n");
}

function groupText(
  { source, destination, protocol }: TraceDocument,
  { hosts, paths }: Group,
  view: View,
): string {
  const names = hosts.map(({ name }) => name);
  const unsure = hosts.filter(({ state }) => state !== "InSync");
  return [
    `${source} to ${destination} ${protocol} on ${hostList(names)}\n`,
    ...unsure.map(
      ({ name, state, message }) =>
        `  ${view.paint("warn", state)}: ${name} may enforce something else${message === "" ? "" : `: ${message}`}\n`,
    ),
    ...paths.map((path) => indent(pathText(path, paths, view))),
  ].join("");
}

function pathText(path: Path, all: readonly Path[], view: View): string {
  const { outcome, published, ungoverned, verdict, docker, change } = path;
  const [source, destination] = endsOf(path, all);
  const ends = `${endText(source)} -> ${endText(destination)}`;
  const family = path.family === undefined ? "" : ` ${path.family}`;
  const lines = [
    ...(published === undefined ? [] : [`by the published port ${published}`]),
    ...(verdict === undefined ? [] : verdict.judgements.map((one) => judgementText(one, path))),
    ...(verdict !== undefined && verdict.judgements.length === 0 ? [unaskedText(verdict)] : []),
    ...(path.counter === undefined ? [] : [`counted so far: ${countText(path.counter)}`]),
    ...wouldDenyText(path),
    ...(ungoverned === undefined
      ? []
      : [
          `${path.judged ? "only its start is governed" : "not governed by policies"}: ${ungoverned.message}`,
          `  to govern it: ${ungoverned.advice}`,
        ]),
    `Docker: ${docker.lets === "Yes" ? "" : `${docker.lets.toLowerCase()}: `}${docker.reason}`,
    ...changeLines(change),
  ];
  return `${view.paint(tones[outcome], outcomes[outcome])}  ${ends}${family}, ${routeText(path)}\n${indent(`${lines.join("\n")}\n`)}`;
}

/** Where no interface is said, it is any, or any but those that other ways have there. */
function endsOf(path: Path, all: readonly Path[]): readonly [End, End] {
  const { source, destination, route } = path;
  if (route !== "BetweenInterfaces") return [source, destination];
  const others = all.filter((one) => one.route === route);
  const beside = others.filter((one) => one.source.interface === source.interface);
  const said = (end: End, named: readonly End[]): End => ({
    ...end,
    interface:
      end.interface ??
      (named.some((one) => one.interface !== undefined) ? "any other interface" : "any interface"),
  });
  return [
    said(
      source,
      others.map((one) => one.source),
    ),
    said(
      destination,
      beside.map((one) => one.destination),
    ),
  ];
}

function unaskedText({ management }: NonNullable<Path["verdict"]>): string {
  return management === undefined
    ? "no policy speaks about it"
    : `agents reach ${management.container} there, so no policy is asked`;
}

const routes: Readonly<Record<string, string>> = {
  Forwarded: "forwarded",
  BetweenInterfaces: "forwarded between interfaces",
  SameBridge: "on one bridge",
  DockerProxy: "by docker-proxy",
  Input: "to the host itself",
  Output: "from the host itself",
  NoBridge: "by no bridge",
  None: "nothing takes it",
};

function routeText({ route }: Path): string {
  return routes[route] ?? route;
}

function endText({ container, network, interface: name, address, port }: End): string {
  const at = [network, name === network ? undefined : name].filter((part) => part !== undefined);
  const parts = [
    container ?? address ?? "any address",
    ...(container !== undefined && address !== undefined ? [address] : []),
    ...(at.length === 0 ? [] : [`(${at.join(", ")})`]),
    ...(port === undefined ? [] : [`port ${String(port)}`]),
  ];
  return parts.join(" ");
}

function judgementText(judgement: Judgement, { route }: Path): string {
  const { scope, network, action, decidedBy, held, passedBy = [], notMatched = [] } = judgement;
  const by =
    held === true
      ? heldText(route)
      : decidedBy === undefined
        ? "no rule matches, and no default denies"
        : decidedBy.rule === "default"
          ? `the default action of FleetPolicy/${decidedBy.policy}`
          : `rule ${decidedBy.rule} of FleetPolicy/${decidedBy.policy}`;
  return `${scope} of ${network}: ${action}: ${by}${rulesText(", passed on by", passedBy)}${rulesText("; did not match:", notMatched)}`;
}

function heldText(route: Path["route"]): string {
  return route === "BetweenInterfaces"
    ? "a bridge that may be of a network of Docker which is not known yet is held"
    : "an address of a bridge that is no running container's, or a port that nobody publishes yet, is held";
}

/** So many rules are named; all of them are in `-o json`. */
const SHOWN_RULES = 5;

function rulesText(words: string, rules: NonNullable<Judgement["passedBy"]>): string {
  if (rules.length === 0) return "";
  const names = rules.map(({ policy, rule }) => `${policy}/${rule}`);
  const more = names.length - SHOWN_RULES;
  const shown = more > 0 ? [...names.slice(0, SHOWN_RULES), `${String(more)} more`] : names;
  return `${words} ${list(shown)}`;
}

function wouldDenyText(path: Path): readonly string[] {
  const { verdict, wouldDenyCounter } = path;
  if (verdict?.wouldDeny === undefined) return [];
  const counted = wouldDenyCounter === undefined ? "" : `, ${countText(wouldDenyCounter)} so far`;
  return [`in Audit, so only counted: ${judgementText(verdict.wouldDeny, path)}${counted}`];
}

function countText({ packets, bytes }: { readonly packets: number; readonly bytes: number }) {
  return `${count(packets, "packet")}, ${count(bytes, "byte")}`;
}

function changeLines(change: Change): readonly string[] {
  if (!change.possible) return [`To change it: ${change.reason}`];
  const verb = change.wanted === "Allow" ? "allow" : "deny";
  return change.edits.flatMap(({ policy, field, position, yaml }, index) => [
    `${index === 0 ? `To ${verb} it` : "and"}, ${
      field === undefined
        ? "add a policy:"
        : `in FleetPolicy/${policy} insert into ${field}, as item ${String(position ?? 0)} (from 0):`
    }`,
    ...yaml.map((line) => `  ${line}`),
  ]);
}

const SHOWN_HOSTS = 5;

function hostList(names: readonly string[]): string {
  const more = names.length - SHOWN_HOSTS;
  const shown = names.slice(0, SHOWN_HOSTS).join(", ");
  return more > 0 ? `${shown} and ${String(more)} more` : shown;
}

/** One sentence about all hosts, and where they differ. */
export function traceSummary({ groups, elsewhere, allowed }: TraceDocument): string {
  if (groups.length === 0) return "It goes by none of these hosts.";
  const answers = groups.map(({ hosts, paths }) => {
    const words = [...new Set(paths.map(({ outcome }) => outcomes[outcome].toLowerCase()))];
    return `${words.join(" and ")} on ${hostList(hosts.map(({ name }) => name))}`;
  });
  const missing = elsewhere.reduce((sum, { hosts }) => sum + hosts.length, 0);
  const rest = missing === 0 ? "" : `; not on ${count(missing, "other host")}`;
  const differ = groups.length === 1 ? "" : "Hosts differ: ";
  return `${allowed ? "Yes" : "No"}: ${differ}${answers.join("; ")}${rest}.`;
}
