import {
  type DesiredPolicy,
  type DesiredState,
  type PublishedReach,
  publishedReachOf,
  selectsNetwork,
  withoutDenyDefault,
} from "@seawall/policy";
import {
  type ComplianceEvidence,
  type Finding,
  fail,
  lookCloser,
  pass,
  unknown,
} from "./compliance-evidence.ts";

/** A control that is about what the newest revision wants of the host. */
type Wanted = ComplianceEvidence & { readonly desired: DesiredState };

/** A policy in Audit asks for nothing, unless it is the one that is asked about. */
export function nothingUnenforceable({ host, desired, policy }: Wanted): Finding {
  const { name: hostName } = host.metadata;
  const isMeant = ({ name }: { readonly name: string }) => policy === undefined || name === policy;
  const policies = host.status.policies.filter(isMeant);
  const audited = policies.filter(({ reason }) => reason === "Audited");
  if (policy !== undefined && audited.length > 0) {
    return fail(
      "InAudit",
      `${policy} is in Audit here, so it denies nothing`,
      enforceIt(host, policy),
    );
  }
  const partial = policies.filter(({ reason }) => reason === "PartiallyEnforced");
  if (partial.length > 0) {
    const see = `follow the advice of: seawall describe host ${hostName}`;
    return fail("PartiallyEnforced", limitsText(host, partial), see);
  }
  const told = new Set(policies.map(({ name }) => name));
  const untold = desired.policies.filter((one) => isMeant(one) && !told.has(one.name));
  if (untold.length > 0) {
    const message = `the host does not say what it makes of ${shortList(untold.map(({ name }) => name))}`;
    return unknown("PolicyNotReported", message, lookCloser(host));
  }
  const enforced = policies.filter(({ reason }) => reason === "Enforced");
  const names = enforced.length === 0 ? "" : `: ${shortList(enforced.map(({ name }) => name))}`;
  return pass(`${String(enforced.length)} enforced${names}`);
}

export function defaultDeny({ host, desired, view, policy }: Wanted): Finding {
  if (host.spec.mode === "Audit") {
    const { name } = host.metadata;
    return fail(
      "InAudit",
      "the host is in Audit, so nothing is denied",
      `seawall set host ${name} --mode Enforce`,
    );
  }
  const isMeant = networksIn(desired, policy);
  const open = withoutDenyDefault(desired, view).filter(isMeant);
  return open.length === 0
    ? pass("what comes into every network is denied unless a rule allows it")
    : fail(
        "OpenByDefault",
        `not under a deny default: ${shortList(open.map(({ name }) => name))}`,
        "let an enforced policy select them with ingress.defaultAction Deny, as tier Baseline for all networks",
      );
}

export function noPortOpenByDefault({ host, desired, view, policy }: Wanted): Finding {
  const isMeant = networksIn(desired, policy);
  const meant = new Set(view.networks.filter(isMeant).map(({ name }) => name));
  const published = publishedReachOf(desired, view).filter(
    ({ port }) => policy === undefined || port.networks.some((name) => meant.has(name)),
  );
  const see = `see from where they can be reached: seawall exposure --host ${host.metadata.name}`;
  const open = published.filter(({ openByDefault }) => openByDefault === "yes");
  if (open.length > 0) {
    const message = `open to anywhere, and no rule says so: ${shortList(open.map(portText))}`;
    return fail("PortOpenByDefault", message, see);
  }
  const unclear = published.filter(({ openByDefault }) => openByDefault === "unknown");
  if (unclear.length > 0) {
    const message = `which ports these open is not known: ${shortList(unclear.map(portText))}`;
    const advice = unclear[0]?.port.ungoverned?.advice ?? see;
    return unknown("PortsUnknown", message, advice);
  }
  return pass(`${String(published.length)} published`);
}

function networksIn({ policies }: DesiredState, policy: string | undefined) {
  const meant = policies.filter(({ name }) => name === policy);
  return (network: Parameters<typeof selectsNetwork>[1]): boolean =>
    policy === undefined || meant.some((one) => selects(one, network));
}

function selects(
  { networkSelector }: DesiredPolicy,
  network: Parameters<typeof selectsNetwork>[1],
): boolean {
  return networkSelector !== undefined && selectsNetwork(networkSelector, network);
}

function enforceIt({ metadata, spec }: ComplianceEvidence["host"], policy: string): string {
  return spec.mode === "Audit"
    ? `seawall set host ${metadata.name} --mode Enforce`
    : `remove mode: Audit from ${policy}, and apply it`;
}

function portText({ port: { container, port } }: PublishedReach): string {
  if (port === undefined) return container;
  const address = port.address.includes(":") ? `[${port.address}]` : port.address;
  return `${address}:${String(port.number)}/${port.protocol} of ${container}`;
}

const SHOWN_LIMITS = 2;

function limitsText(
  { status }: ComplianceEvidence["host"],
  partial: ComplianceEvidence["host"]["status"]["policies"],
): string {
  const names = new Set(partial.map(({ name }) => name));
  const landing = status.limits.filter(({ policies }) => policies.some((name) => names.has(name)));
  const more = landing.length - SHOWN_LIMITS;
  const shown = landing
    .slice(0, SHOWN_LIMITS)
    .map(({ message, policies }) => `${message} (${shortList(policies)})`);
  const rest = more > 0 ? `; ${String(more)} more` : "";
  return `${shown.join("; ")}${rest}`;
}

const SHOWN = 3;

function shortList(names: readonly string[]): string {
  const more = names.length - SHOWN;
  const shown = names.slice(0, SHOWN).join(", ");
  return more > 0 ? `${shown} and ${String(more)} more` : shown;
}
