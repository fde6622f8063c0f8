import { readFile } from "node:fs/promises";
import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import {
  type ComplianceDocument,
  complianceControlNames,
  complianceControls,
  complianceDocument,
} from "@seawall/policy";
import { loadCredentials, readClientConfig } from "../client-config.ts";
import { CommandFailure, exitCodes } from "../exit-code.ts";
import { contextOption, controllerOption, selectorOption } from "../options.ts";
import { readDocuments } from "../read-document.ts";
import { type ContextFlags, selectContext } from "../select-context.ts";
import type { Session } from "../session.ts";
import {
  complianceCsv,
  complianceJunit,
  complianceSummary,
  complianceTables,
  isCompliant,
  scopeText,
} from "../views/compliance.ts";

/** Every host is asked to look at itself first. */
const DEADLINE_MS = 60_000;

const controlList = complianceControlNames
  .map((name) => `${name} (${complianceControls[name]})`)
  .join("; ");

const outputOption = new Option("-o, --output <format>", "how to print it")
  .choices(["table", "json", "csv", "junit"] as const)
  .default("table" as const);
type Output = "table" | "json" | "csv" | "junit";

export function addCompliance(program: CommandUnknownOpts, session: Session): void {
  const command = program
    .command("compliance")
    .enablePositionalOptions()
    .summary("prove that hosts enforce what they should")
    .description(
      "Ask every host to read its kernel back, and say of each control whether the host passes, with what that rests on " +
        `and what to do. The controls: ${controlList}. ` +
        "Exit code 0 only if every host passes every one that was asked: UNKNOWN is not compliant, and no host at all proves nothing. " +
        "With --policy only the hosts and networks that it selects are asked about, and in Audit it does not pass. " +
        "-o json is signed by the controller, can be handed on, and says what was asked: seawall compliance verify FILE.",
    )
    .addOption(selectorOption)
    .option("--host <name>", "only this host")
    .option("--policy <name>", "only where, and what, this policy selects")
    .addOption(
      new Option("--control <name...>", "only these controls").choices([...complianceControlNames]),
    )
    .addOption(outputOption)
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (options) => {
      const { selector = "", host = "", policy = "", control = [] } = options;
      const answer = await session.withConnection(
        options,
        (connection) => connection.compliance({ selector, host, policy, controls: [...control] }),
        DEADLINE_MS,
      );
      tell(answer, options.output, session);
    });
  addVerify(command, session);
}

function addVerify(command: CommandUnknownOpts, session: Session): void {
  command
    .command("verify")
    .summary("check a report that was handed on")
    .description(
      "Check, without a controller, that a report of `seawall compliance -o json` was signed by the controller of this " +
        "fleet and not changed since, and say what it says. Who has no context needs the fleet's CA certificate alone: --ca. " +
        "Exit code 0: genuine and compliant; 1: genuine and not compliant; 2: not genuine. How old it may be is yours to judge.",
    )
    .argument("<file>", "the report")
    .option("--ca <file>", "the fleet's CA certificate, PEM; else the context's")
    .addOption(outputOption)
    .addOption(contextOption)
    .action(async (file, options) => {
      const text = await readText(file);
      const ca = await (options.ca === undefined
        ? contextCa(options, session)
        : readText(options.ca));
      // Loaded late: gRPC comes with it.
      const { verifyReport } = await import("../verified-report.ts");
      const verified = verifyReport(text, ca);
      if (!verified.ok) {
        throw new CommandFailure(
          exitCodes.error,
          `Error: ${file} is not genuine: ${verified.message}.`,
        );
      }
      const { time, requestedBy, signature } = tell(text, options.output, session);
      session.say(
        `Signed by the controller (key ${signature.keyId}) at ${time}, asked by ${requestedBy}.`,
      );
    });
}

async function contextCa(flags: ContextFlags, session: Session): Promise<string> {
  const path = session.configPath;
  const config = await readClientConfig(path);
  const all = { ...session.globalFlags, ...flags };
  const context = selectContext(path, config, all, session.terminal.env);
  return (await loadCredentials(path, context)).ca;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(exitCodes.error, `Error: ${path}: ${message}`);
  }
}

function tell(answer: string, output: Output, session: Session): ComplianceDocument {
  const [document] = readDocuments(complianceDocument, [answer]);
  if (document === undefined) throw new Error("one document was read");
  session.print(printed(output, answer, document, session));
  const scope = scopeText(document);
  if (scope !== "") session.say(scope);
  session.say(complianceSummary(document));
  session.exitCode = isCompliant(document) ? exitCodes.yes : exitCodes.no;
  return document;
}

function printed(
  output: Output,
  answer: string,
  document: ComplianceDocument,
  session: Session,
): string {
  switch (output) {
    case "json":
      return JSON.stringify(JSON.parse(answer), undefined, 2);
    case "csv":
      return complianceCsv(document);
    case "junit":
      return complianceJunit(document);
    case "table":
      return complianceTables(document, session.view());
  }
}
