import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Issue, parseManifests, unsupportedIssues, validateTree } from "@seawall/policy";
import { exitCodes } from "../exit-code.ts";
import { isError, issueSummary, issueText, type ShownIssue } from "../issue-text.ts";
import { readManifests } from "../manifest-files.ts";
import { fileOption } from "../options.ts";
import type { Session } from "../session.ts";
import { count } from "../views/column.ts";

export function addValidate(program: CommandUnknownOpts, session: Session): void {
  program
    .command("validate")
    .summary("check manifests without a controller")
    .description(
      "Check manifests offline: syntax, fields, values, references among the files, and what this version\n" +
        "does not enforce yet. An addressgroup that only the controller has is not known here: apply --dry-run asks it.",
    )
    .addOption(fileOption)
    .action(async (options) => {
      const files = await readManifests(options.filename, session.terminal.stdin);
      const { resources, issues } = parseManifests(files);
      const all = [
        ...issues,
        ...resources.flatMap(unsupportedIssues),
        ...validateTree(
          resources.map(({ resource }) => resource),
          resources,
        ),
      ].map(shownIssue);
      for (const issue of all) session.say(issueText(issue));
      if (all.some(isError)) {
        session.say(`Error: ${issueSummary(all)}.`);
        session.exitCode = exitCodes.error;
        return;
      }
      session.print(`${count(resources.length, "object")} in ${count(files.length, "file")} valid`);
    });
}

function shownIssue({ severity, place, path, message }: Issue): ShownIssue {
  return {
    severity: severity === "error" ? "ERROR" : "WARNING",
    file: place?.file ?? "",
    line: place?.line ?? 0,
    column: place?.column ?? 0,
    path,
    message,
  };
}
