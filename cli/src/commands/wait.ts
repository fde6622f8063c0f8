import { type CommandUnknownOpts, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { CommandFailure, type ExitCode, exitCodes } from "../exit-code.ts";
import { parseTarget, type Target } from "../kind.ts";
import { contextOption, controllerOption, selectorOption, timeoutOption } from "../options.ts";
import type { ContextFlags } from "../select-context.ts";
import type { Session } from "../session.ts";
import { inSync, parseWaitCondition, type WaitCondition } from "../wait-condition.ts";
import { waitUntil } from "../wait-until.ts";

export function addWait(program: CommandUnknownOpts, session: Session): void {
  program
    .command("wait")
    .summary("wait until hosts enforce what they should")
    .description(
      "Wait for hosts, or for the hosts that a policy selects. InSync means: the newest generation is " +
        "enforced and was read back from the kernel. A host that fails ends the wait with exit code 1; " +
        "running out of time ends it with 124.",
    )
    .argument("<kind>", "hosts or policy; or kind/name")
    .argument("[name...]", "only these")
    .addOption(selectorOption)
    .addOption(
      new Option("--for <condition>", "InSync, state=STATE (hosts) or delete")
        .default(inSync, "InSync")
        .argParser(condition),
    )
    .addOption(timeoutOption())
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (kind, names, options) => {
      const target = parseTarget([kind, ...names], ["Host", "FleetPolicy", "AddressGroup"]);
      session.exitCode = await wait(target, options, session);
    });
}

function condition(text: string): WaitCondition {
  const parsed = parseWaitCondition(text);
  if (parsed === undefined) throw new InvalidArgumentError("Use InSync, state=STATE or delete.");
  return parsed;
}

interface WaitOptions extends ContextFlags {
  readonly selector?: string | undefined;
  readonly for: WaitCondition;
  readonly timeout: number;
}

async function wait(target: Target, options: WaitOptions, session: Session): Promise<ExitCode> {
  checkUsage(target, options);
  const ended = await session.withConnection(options, (connection) =>
    waitUntil({ ...options, target, selector: options.selector ?? "" }, connection, session),
  );
  if (ended.exitCode !== exitCodes.yes) return ended.exitCode;
  const word = wordOf(options.for);
  for (const name of ended.names) session.print(`${name} ${word}`);
  return exitCodes.yes;
}

function wordOf(wanted: WaitCondition): string {
  return wanted.kind === "state" ? wanted.state : wanted.kind === "delete" ? "deleted" : "InSync";
}

function checkUsage({ kind, names }: Target, options: WaitOptions): void {
  if (names.length > 0 && options.selector !== undefined) {
    throw usage("give names or --selector, not both");
  }
  if (kind.kind === "Host") {
    if (options.for.kind === "delete" && names.length === 0) throw usage("say which host");
    return;
  }
  if (names.length === 0) throw usage(`say which ${kind.noun}`);
  if (options.for.kind === "state") throw usage("state=… is for hosts");
  if (kind.kind === "AddressGroup" && options.for.kind !== "delete") {
    throw usage("an addressgroup can only be waited for with --for=delete");
  }
}

function usage(message: string): CommandFailure {
  return new CommandFailure(exitCodes.error, `Error: ${message}`);
}
