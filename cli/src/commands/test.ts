import { readFile } from "node:fs/promises";
import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import {
  type HostFacts,
  isFailure,
  judgePolicyTests,
  type ParsedResource,
  type PolicyTestResult,
  parseFacts,
  parseManifests,
  policyTestIssues,
  resourceKey,
  unsupportedIssues,
  validateTree,
} from "@seawall/policy";
import { CommandFailure, exitCodes } from "../exit-code.ts";
import { isError, issueSummary, issueText } from "../issue-text.ts";
import { junitXml } from "../junit.ts";
import { readManifests } from "../manifest-files.ts";
import { fileOption } from "../options.ts";
import type { Session } from "../session.ts";
import { shownIssue } from "../shown-issue.ts";
import { renderTable } from "../table.ts";
import { count } from "../views/column.ts";
import { junitCases, type PolicyFiles, testDocument, testTable } from "../views/policy-tests.ts";

export function addTest(program: CommandUnknownOpts, session: Session): void {
  program
    .command("test")
    .summary("judge the tests of policies without a controller")
    .description(
      "Judge the tests in the FleetPolicies of these manifests, all policies together, without controller, root or " +
        "Docker. With --facts every host that a policy selects judges its tests on the networks it has; without, or " +
        "where no host has the network, an imagined host with the fewest labels that the policy selects does. " +
        "Exit code 0: all pass; 1: a test fails; 2: the manifests or the facts are wrong, or hold no test.",
    )
    .addOption(fileOption)
    .option("--facts <file>", "hosts to judge on, as written by: seawall get hosts -o json")
    .addOption(
      new Option("-o, --output <format>", "how to print the results")
        .choices(["table", "json", "junit"] as const)
        .default("table" as const),
    )
    .action((options) => test(options, session));
}

interface TestOptions {
  readonly filename: readonly string[];
  readonly facts?: string | undefined;
  readonly output: "table" | "json" | "junit";
}

async function test(options: TestOptions, session: Session): Promise<void> {
  const resources = await validResources(options, session);
  const hosts = await readFacts(options.facts);
  const tree = resources.map(({ resource }) => resource);
  const results = judgePolicyTests(tree, hosts);
  if (results.length === 0) {
    throw new CommandFailure(
      exitCodes.error,
      "Error: no policy in these manifests has tests, so nothing was judged. Write some below spec.tests.",
    );
  }
  const files = new Map(resources.map((one) => [resourceKey(one.resource), one]));
  session.print(printed(options.output, results, files));
  for (const issue of policyTestIssues(results, resources))
    session.say(issueText(shownIssue(issue)));
  const failing = results.filter(({ cases }) => cases.some(({ outcome }) => isFailure(outcome)));
  if (failing.length > 0) {
    session.say(`${failing.length} of ${count(results.length, "test")} failed.`);
    session.exitCode = exitCodes.no;
  }
}

/** @throws CommandFailure once it has told what is wrong with the manifests. */
async function validResources(
  { filename }: TestOptions,
  session: Session,
): Promise<readonly ParsedResource[]> {
  const files = await readManifests(filename, session.terminal.stdin);
  const { resources, issues } = parseManifests(files);
  const own = [...issues, ...resources.flatMap(unsupportedIssues)];
  const tree = resources.map(({ resource }) => resource);
  // A group that only the fleet has is an error here: what it lets through is not known.
  const all = (own.length > 0 ? own : validateTree(tree, resources)).map(shownIssue);
  const errors = all.filter(isError);
  for (const issue of errors) session.say(issueText(issue));
  if (errors.length > 0) {
    throw new CommandFailure(
      exitCodes.error,
      `Error: ${issueSummary(errors)}; no test was judged.`,
    );
  }
  return resources;
}

async function readFacts(path: string | undefined): Promise<readonly HostFacts[]> {
  if (path === undefined) return [];
  const parsed = parseFacts(await readFile(path, "utf8"));
  if (parsed.ok) return parsed.hosts;
  throw new CommandFailure(exitCodes.error, `Error: ${path}: ${parsed.message}`);
}

function printed(
  output: TestOptions["output"],
  results: readonly PolicyTestResult[],
  files: PolicyFiles,
): string {
  switch (output) {
    case "json":
      return JSON.stringify(testDocument(results, files), undefined, 2);
    case "junit":
      return junitXml(junitCases(results, files));
    case "table":
      return renderTable(testTable(results));
  }
}
