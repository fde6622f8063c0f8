import { hostOptionsOf } from "@seawall/policy";
import {
  type ComplianceEvidence,
  type Finding,
  fail,
  lookCloser,
  pass,
  whyNotInSync,
  whyUnread,
} from "./compliance-evidence.ts";

type Entry = ComplianceEvidence["host"]["status"]["entries"][number];

export function desiredEqualsKernel(evidence: ComplianceEvidence): Finding {
  const { generation } = evidence.host.status;
  const problem = whyNotInSync(evidence) ?? whyUnread(evidence);
  return problem ?? pass(`generation ${String(generation)} read back`);
}

/**
 * Whether what is forwarded comes to the rules ahead of all that accepts it: by jumps that are the first rule of their
 * chain, or ahead of filter in nftables. Where there is no rule at all nothing comes to one.
 */
export function hookedFirst({ host }: ComplianceEvidence): Finding {
  const forwarded = forwardedOf(host.status.entries);
  if (forwarded.length === 0) {
    return fail(
      "NothingHooked",
      "no rule judges what is forwarded",
      "let an enforced policy select a network of the host: seawall get policies",
    );
  }
  const late = forwarded.filter((entry) => !isFirst(entry));
  return late.length === 0
    ? pass(forwarded.map(entryText).join(", "))
    : fail("NotFirst", late.map(entryText).join(", "), lookCloser(host));
}

/** Whether what gets past the rules that decide meets the same verdicts again. A table of our own needs no guard. */
export function guardsStanding({ host }: ComplianceEvidence): Finding {
  const { name } = host.metadata;
  const { entries } = host.status;
  const isTable = entries.some(isInOurTable);
  const off = switchedOff(host, isTable);
  if (off.length > 0) {
    const options = off.map((option) => `--option ${option}=On`).join(" ");
    const message = `switched off for this host: ${off.join(", ")}`;
    return fail("GuardOff", message, `seawall set host ${name} ${options}`);
  }
  if (isTable) return pass("a table of our own, which nobody gets past");
  const guards = guardsOf(entries);
  const missing = host.status.conditions.find(({ type }) => type === "GuardMissing");
  // The kernel holds what is wanted (`whileInForce`): where all is audited, no guard is.
  if (missing === undefined && guards.every(({ position }) => position === 0)) {
    return fail(
      "NoGuard",
      "nothing is denied here, so nothing guards",
      "let an enforced policy select a network of the host: seawall get policies",
    );
  }
  const lacking = guards.filter((entry) => !isFirst(entry));
  if (lacking.length === 0) return pass(guards.map(entryText).join(", "));
  return fail(
    missing?.reason ?? "GuardNotFirst",
    missing?.message ?? lacking.map(entryText).join(", "),
    missing === undefined ? lookCloser(host) : `load the module on ${name}, and restart the agent`,
  );
}

function switchedOff({ spec }: ComplianceEvidence["host"], isTable: boolean): readonly string[] {
  const { forwardGuard, inputGuard } = hostOptionsOf(spec.options);
  return [
    ...(forwardGuard === "Off" && !isTable ? ["forwardGuard"] : []),
    ...(inputGuard === "Off" ? ["inputGuard"] : []),
  ];
}

/** For each chain that decides, the one behind filter; with position 0 where it is not there. */
function guardsOf(entries: readonly Entry[]): readonly Entry[] {
  const deciding = entries.filter(
    ({ table, chain }) => table === "filter" && (chain === "DOCKER-USER" || chain === "INPUT"),
  );
  return deciding.map(({ family, chain, leadsTo }) => {
    const parent = chain === "INPUT" ? "INPUT" : "FORWARD";
    const place = { family, table: "security", chain: parent, leadsTo };
    const found = entries.find(
      (entry) => entry.table === "security" && entry.family === family && entry.chain === parent,
    );
    return found ?? { ...place, position: 0, priority: 0 };
  });
}

/** Both jumps of each family that has one of them, with position 0 where it is not there. */
function forwardedOf(entries: readonly Entry[]): readonly Entry[] {
  const inFilter = entries.filter(
    ({ table, chain }) => table === "filter" && (chain === "FORWARD" || chain === "DOCKER-USER"),
  );
  const way = [
    { chain: "FORWARD", leadsTo: "DOCKER-USER" },
    { chain: "DOCKER-USER", leadsTo: "SEAWALL" },
  ];
  const jumps = [...new Set(inFilter.map(({ family }) => family))].flatMap((family) =>
    way.map((step) => {
      const found = inFilter.find((one) => one.family === family && one.chain === step.chain);
      return found ?? { family, table: "filter", ...step, position: 0, priority: 0 };
    }),
  );
  return [...entries.filter((one) => isInOurTable(one) && one.chain === "forward"), ...jumps];
}

function isInOurTable({ family }: Entry): boolean {
  return family === "inet";
}

function isFirst(entry: Entry): boolean {
  return isInOurTable(entry) ? entry.priority < 0 : entry.position === 1;
}

function entryText(entry: Entry): string {
  const { family, table, chain, position, priority } = entry;
  if (isInOurTable(entry)) return `${chain} of table ${table} at priority ${String(priority)}`;
  const at = `${chain} of ${table} (${family})`;
  return position === 0 ? `no jump from ${at}` : `rule ${String(position)} of ${at}`;
}
