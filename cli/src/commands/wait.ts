import { setTimeout } from "node:timers/promises";
import { type CommandUnknownOpts, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { humanDuration } from "../duration.ts";
import { CommandFailure, type ExitCode, exitCodes } from "../exit-code.ts";
import { parseTarget, type Target } from "../kind.ts";
import { contextOption, controllerOption, duration, selectorOption } from "../options.ts";
import type { ContextFlags } from "../select-context.ts";
import type { Session } from "../session.ts";
import { parseWaitCondition, type WaitCondition } from "../wait-condition.ts";
import { type Look, lookAt } from "../wait-look.ts";

const inSync: WaitCondition = { kind: "InSync" };

export function addWait(program: CommandUnknownOpts, session: Session): void {
  program
    .command("wait")
    .summary("wait until hosts enforce what they should")
    .description(
      "Wait for hosts, or for the hosts that a policy selects. InSync means: the newest generation is " +
        "enforced and was read back from the kernel. A host that fails ends the wait at once with exit code 1; " +
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
    .addOption(
      new Option("--timeout <duration>", "at most this long")
        .default(300_000, "5m")
        .argParser(duration),
    )
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

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

async function wait(target: Target, options: WaitOptions, session: Session): Promise<ExitCode> {
  checkUsage(target, options);
  const begin = session.terminal.now();
  return await session.withConnection(options, async (connection) => {
    const shown = new Map<string, string>();
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
      const waited = session.terminal.now() - begin;
      const look = await tolerant(
        () => lookAt(target, options.selector ?? "", options.for, connection, waited),
        shown,
        session,
      );
      if (look?.verdict === "met") return met(look, options.for, session);
      for (const [name, line] of look?.lines ?? []) {
        if (shown.get(name) !== line) session.say(`${name} ${line}`);
        shown.set(name, line);
      }
      if (look?.verdict === "failed") return exitCodes.no;
      if (waited + pause > options.timeout) {
        const rest = [...shown].map(([name, line]) => `  ${name} ${line}`);
        session.say(
          `Error: not there after ${humanDuration(options.timeout)}:\n${rest.join("\n")}`,
        );
        return exitCodes.timeout;
      }
      await pauseFor(pause, session);
    }
  });
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

/** A controller that goes away after it was seen once is waited for too. */
async function tolerant(
  look: () => Promise<Look>,
  shown: ReadonlyMap<string, string>,
  session: Session,
): Promise<Look | undefined> {
  try {
    return await look();
  } catch (error) {
    const away = error instanceof CommandFailure && error.exitCode === exitCodes.unreachable;
    if (!away || shown.size === 0) throw error;
    session.say("The controller is not reachable; trying again.");
    return undefined;
  }
}

function met({ lines }: Look, wanted: WaitCondition, session: Session): ExitCode {
  const word =
    wanted.kind === "state" ? wanted.state : wanted.kind === "delete" ? "deleted" : "InSync";
  for (const name of lines.keys()) session.print(`${name} ${word}`);
  return exitCodes.yes;
}

async function pauseFor(milliseconds: number, session: Session): Promise<void> {
  const { interrupted } = session.terminal;
  await setTimeout(milliseconds, undefined, { signal: interrupted }).catch((error: unknown) => {
    if (!interrupted.aborted) throw error;
    throw new CommandFailure(exitCodes.interrupted, "Interrupted. The change itself goes on.");
  });
}

function usage(message: string): CommandFailure {
  return new CommandFailure(exitCodes.error, `Error: ${message}`);
}
