import { type ComplianceDocument, complianceControlNames } from "@seawall/policy";
import { csv } from "../csv.ts";
import { type JunitCase, junitXml } from "../junit.ts";
import { renderTable } from "../table.ts";
import { type Column, count, toTable, type View } from "./column.ts";

type Host = ComplianceDocument["hosts"][number];

interface ResultRow {
  readonly host: Host;
  readonly result: Host["controls"][number];
}

/** The document's own word is not enough: each host has to pass each control that was asked, and there has to be one. */
export function isCompliant({ compliant, hosts, scope }: ComplianceDocument): boolean {
  const passes = ({ controls }: Host) =>
    scope.controls.every((name) =>
      controls.some((control) => control.name === name && control.verdict === "PASS"),
    );
  const isWhole = scope.controls.length > 0 && hosts.length > 0;
  return compliant && isWhole && rowsOf(hosts).every(isPassed) && hosts.every(passes);
}

function rowsOf(hosts: readonly Host[]): readonly ResultRow[] {
  return hosts.flatMap((host) => host.controls.map((result) => ({ host, result })));
}

function isPassed({ result }: ResultRow): boolean {
  return result.verdict === "PASS";
}

/** Every control with its sums, and what does not pass. */
export function complianceTables(document: ComplianceDocument, view: View): string {
  const problems = rowsOf(document.hosts).filter((row) => !isPassed(row));
  const controls = renderTable(toTable(controlColumns, document.controls, view));
  if (problems.length === 0) return controls;
  return `${controls}\n${renderTable(toTable(problemColumns, problems, view))}`;
}

const controlColumns: readonly Column<ComplianceDocument["controls"][number]>[] = [
  { header: "CONTROL", cell: ({ name }) => name },
  { header: "HOSTS", cell: (control) => String(total(control)) },
  { header: "PASS", cell: ({ pass }) => String(pass) },
  {
    header: "FAIL",
    cell: ({ fail }, { paint }) => (fail === 0 ? "0" : paint("bad", String(fail))),
  },
  {
    header: "UNKNOWN",
    cell: ({ unknown }, { paint }) => (unknown === 0 ? "0" : paint("warn", String(unknown))),
  },
  { header: "WHAT", cell: ({ title }) => title },
];

function total({ pass, fail, unknown }: ComplianceDocument["controls"][number]): number {
  return pass + fail + unknown;
}

const tones = { PASS: "good", FAIL: "bad", UNKNOWN: "warn" } as const;

const problemColumns: readonly Column<ResultRow>[] = [
  { header: "HOST", cell: ({ host }) => host.name },
  { header: "CONTROL", cell: ({ result }) => result.name },
  {
    header: "VERDICT",
    cell: ({ result }, { paint }) => paint(tones[result.verdict], result.verdict),
  },
  { header: "REASON", cell: ({ result }) => result.reason },
  { header: "MESSAGE", cell: ({ result }) => result.message },
  { header: "NEXT", cell: ({ result }) => result.next },
];

/** A line for each host and control, with what it rests on, and a header. */
export function complianceCsv({ time, hosts }: ComplianceDocument): string {
  const header = [
    ...["time", "host", "control", "verdict", "reason", "message", "next", "rulesetDigest"],
    ...["observedTime", "generation", "observedGeneration", "agentVersion", "backend"],
  ];
  const lines = rowsOf(hosts).map(({ host: { name, evidence }, result }) => [
    ...[time, name, result.name, result.verdict, result.reason, result.message, result.next],
    ...[evidence.rulesetDigest, evidence.observedTime, String(evidence.generation)],
    ...[String(evidence.observedGeneration), evidence.agentVersion, evidence.backend],
  ]);
  return csv([header, ...lines]);
}

/** UNKNOWN is a failure: what is skipped would be green. So is a fleet of nobody. */
export function complianceJunit({ hosts }: ComplianceDocument): string {
  const nobody = { suite: "Compliance", name: "hosts", failure: "no host is selected" };
  const cases = rowsOf(hosts).map(
    ({ host, result: { name, verdict, reason, message } }): JunitCase => ({
      suite: name,
      name: host.name,
      ...(verdict === "PASS" ? {} : { failure: `${verdict} ${reason}: ${message}` }),
    }),
  );
  return junitXml(cases.length === 0 ? [nobody] : cases);
}

/** What was left out, in words; empty: nothing. */
export function scopeText({ scope }: ComplianceDocument): string {
  const { selector, host, policy, controls } = scope;
  const left = complianceControlNames.filter((name) => !controls.includes(name));
  const parts = [
    ...(selector === "" ? [] : [`hosts with ${selector}`]),
    ...(host === "" ? [] : [`host ${host}`]),
    ...(policy === "" ? [] : [`what policy ${policy} selects`]),
    ...(left.length === 0 ? [] : [`not asked: ${left.join(", ")}`]),
  ];
  return parts.length === 0 ? "" : `Only of a part: ${parts.join("; ")}.`;
}

export function complianceSummary(document: ComplianceDocument): string {
  const { hosts, score, scope } = document;
  if (hosts.length === 0) return "Not compliant: no host is selected, so nothing is proved.";
  const controls = count(scope.controls.length, "control");
  if (isCompliant(document)) return `Compliant: ${count(hosts.length, "host")}, ${controls}.`;
  const amount = (verdict: Host["verdict"]) =>
    hosts.filter((host) => host.verdict === verdict).length;
  return `Not compliant: of ${count(hosts.length, "host")} ${amount("PASS")} pass, ${amount("FAIL")} fail, ${amount("UNKNOWN")} unknown; ${controls}, ${score}% passed.`;
}
