import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { ComplianceResponse__Output, HostCompliance__Output } from "@seawall/proto";
import { humanDuration } from "../duration.ts";
import { exitCodes } from "../exit-code.ts";
import { contextOption, controllerOption, jsonOption, selectorOption } from "../options.ts";
import { printable } from "../printable.ts";
import type { Session } from "../session.ts";
import { renderTable } from "../table.ts";
import { type Column, count, toTable } from "../views/column.ts";

export function addCompliance(program: CommandUnknownOpts, session: Session): void {
  program
    .command("compliance")
    .summary("prove that hosts enforce what they should")
    .description(
      "Say of each host whether the rules of its newest bundle were read back from its kernel a moment ago. " +
        "Exit code 0 only if every host passes: UNKNOWN is not compliant, and no host at all proves nothing.",
    )
    .addOption(selectorOption)
    .option("--host <name>", "only this host")
    .addOption(jsonOption)
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (options) => {
      const response = await session.withConnection(options, (connection) =>
        connection.compliance(options.selector ?? "", options.host ?? ""),
      );
      const compliant = isCompliant(response);
      if (options.output === "json") {
        session.print(JSON.stringify(asDocument(response, compliant), undefined, 2));
      } else if (response.hosts.length > 0) {
        session.print(renderTable(toTable(columns, response.hosts, session.view())));
      }
      session.say(summary(response, compliant));
      session.exitCode = compliant ? exitCodes.yes : exitCodes.no;
    });
}

/** The controller's word is not enough: each host has to pass, and there has to be one. */
function isCompliant({ compliant, hosts }: ComplianceResponse__Output): boolean {
  return compliant && hosts.length > 0 && hosts.every(({ verdict }) => verdict === "PASS");
}

const tones = { PASS: "good", FAIL: "bad", UNKNOWN: "warn" } as const;

const columns: readonly Column<HostCompliance__Output>[] = [
  { header: "HOST", cell: ({ host }) => printable(host) },
  { header: "VERDICT", cell: ({ verdict }, { paint }) => paint(tones[verdict], verdict) },
  { header: "GEN", cell: generation },
  { header: "REPORTED", cell: reported },
  { header: "RULES", cell: ({ rulesetDigest }) => printable(rulesetDigest).slice(0, 19) },
  { header: "REASON", cell: ({ reason }) => printable(reason) },
  { header: "MESSAGE", cell: ({ message }) => printable(message) },
];

function generation({ desiredGeneration, observedGeneration }: HostCompliance__Output): string {
  if (desiredGeneration === 0) return "-";
  return desiredGeneration === observedGeneration
    ? String(desiredGeneration)
    : `${observedGeneration} of ${desiredGeneration}`;
}

function reported({ reportAgeMs }: HostCompliance__Output): string {
  return reportAgeMs < 0 ? "never" : `${humanDuration(reportAgeMs)} ago`;
}

function summary({ hosts }: ComplianceResponse__Output, compliant: boolean): string {
  if (hosts.length === 0) return "Not compliant: no host is selected, so nothing is proved.";
  const amount = (verdict: HostCompliance__Output["verdict"]) =>
    hosts.filter((host) => host.verdict === verdict).length;
  if (compliant) return `Compliant: ${count(hosts.length, "host")} of ${hosts.length} pass.`;
  return `Not compliant: of ${count(hosts.length, "host")} ${amount("PASS")} pass, ${amount("FAIL")} fail, ${amount("UNKNOWN")} unknown.`;
}

function asDocument({ hosts }: ComplianceResponse__Output, compliant: boolean) {
  return { apiVersion: "seawall/v1", kind: "ComplianceReport", compliant, hosts };
}
