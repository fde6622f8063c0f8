import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import {
  lint,
  type ParsedResource,
  parseManifests,
  unsupportedIssues,
  validateTree,
} from "@seawall/policy";
import { exitCodes } from "../exit-code.ts";
import { isError, issueSummary, issueText } from "../issue-text.ts";
import { readManifests } from "../manifest-files.ts";
import { fileOption } from "../options.ts";
import type { Session } from "../session.ts";
import { shownIssue } from "../shown-issue.ts";
import { count } from "../views/column.ts";

export function addValidate(program: CommandUnknownOpts, session: Session): void {
  program
    .command("validate")
    .summary("check manifests without a controller")
    .description(
      "Check manifests offline: syntax, fields, values, references among the files, and what this version " +
        "does not enforce yet; with warnings about what is valid and probably not meant. An addressgroup that only " +
        "the controller has is not known here: apply --dry-run asks it. The tests of policies: seawall test.",
    )
    .addOption(fileOption)
    .action(async (options) => {
      const files = await readManifests(options.filename, session.terminal.stdin);
      const { resources, issues } = parseManifests(files);
      const own = [...issues, ...resources.flatMap(unsupportedIssues)];
      // Beside objects that cannot be read, references would seem to lead nowhere.
      const tree = resources.map(resourceOf);
      const between =
        own.length > 0 ? [] : [...validateTree(tree, resources, "files"), ...lint(tree, resources)];
      const all = [...own, ...between].map(shownIssue);
      for (const issue of all) session.say(issueText(issue));
      if (all.some(isError)) {
        session.say(`Error: ${issueSummary(all)}.`);
        session.exitCode = exitCodes.error;
        return;
      }
      session.print(`${count(resources.length, "object")} in ${count(files.length, "file")} valid`);
    });
}

function resourceOf({ resource }: ParsedResource) {
  return resource;
}
