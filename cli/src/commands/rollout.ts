import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { rolloutDocument } from "@seawall/policy";
import { changeLine, refusal, waitHint } from "../change-text.ts";
import { exitCodes } from "../exit-code.ts";
import {
  contextOption,
  controllerOption,
  dryRunOption,
  messageOption,
  timeoutOption,
  wholeNumber,
} from "../options.ts";
import { readDocuments } from "../read-document.ts";
import {
  documentDisplay,
  lineDisplay,
  type RolloutDisplay,
  treeDisplay,
} from "../rollout-display.ts";
import type { ContextFlags } from "../select-context.ts";
import type { Session } from "../session.ts";
import { renderTable } from "../table.ts";
import { toTable } from "../views/column.ts";
import { allRollouts, rolloutColumns, rolloutTree } from "../views/rollout.ts";
import { readRollout, watchRollout } from "../watch-rollout.ts";

export function addRollout(program: CommandUnknownOpts, session: Session): void {
  const rollout = program
    .command("rollout")
    .summary("see and steer how a revision goes out")
    .description("See and steer how the newest revision goes out, wave by wave.");
  addStatus(rollout, session);
  addHistory(rollout, session);
  for (const verb of verbs) addVerb(rollout, verb, session);
  addUndo(rollout, session);
}

function addStatus(rollout: CommandUnknownOpts, session: Session): void {
  rollout
    .command("status")
    .summary("show how the newest rollout stands")
    .description(
      "Show the newest rollout: its waves, the hosts that are not InSync, and what it waits for. " +
        "Exit code 0: completed, or under way; 1: it was put back.",
    )
    .addOption(
      new Option(
        "-w, --watch",
        "until it is over: the tree on a terminal, a line for each change elsewhere, with -o json a document in one line",
      ),
    )
    .addOption(timeoutOption().implies({ watch: true }))
    .addOption(
      new Option("-o, --output <format>", "instead of the tree").choices(["json"] as const),
    )
    .addOption(contextOption)
    .addOption(controllerOption)
    .action((options) => showStatus(options, session));
}

interface StatusOptions extends ContextFlags {
  readonly watch?: true | undefined;
  /** In milliseconds. */
  readonly timeout: number;
  readonly output?: "json" | undefined;
}

async function showStatus(options: StatusOptions, session: Session): Promise<void> {
  await session.withConnection(options, async (connection) => {
    if (options.watch === true) {
      const [revision, display] = [undefined, displayFor(options.output, session)];
      const watched = { revision, timeout: options.timeout, display };
      session.exitCode = await watchRollout(watched, connection, session);
      return;
    }
    const { json, rollout } = await readRollout(connection);
    session.print(
      options.output === "json"
        ? JSON.stringify(JSON.parse(json), undefined, 2)
        : rolloutTree(rollout, session.view()),
    );
    if (rollout.status.phase === "RolledBack") session.exitCode = exitCodes.no;
  });
}

function displayFor(output: "json" | undefined, session: Session): RolloutDisplay {
  if (output === "json") return documentDisplay(session);
  const { stdout, env } = session.terminal;
  if (stdout.isTTY && env["TERM"] !== "dumb") return treeDisplay(session);
  return lineDisplay((line) => {
    session.print(line);
  }, session);
}

function addHistory(rollout: CommandUnknownOpts, session: Session): void {
  rollout
    .command("history")
    .summary("list the last rollouts")
    .description("List the last rollouts, newest first, and how each ended.")
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (options) => {
      const { rollout: newest } = await session.withConnection(options, readRollout);
      session.print(renderTable(toTable(rolloutColumns, allRollouts(newest), session.view())));
    });
}

interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly done: string;
}

const verbs: readonly Verb[] = [
  {
    name: "pause",
    summary: "give it to no more hosts",
    description:
      "Give the newest revision to no more hosts until resume. Hosts that have it keep it, and if they fail it is still put back.",
    done: "paused",
  },
  {
    name: "resume",
    summary: "go on with it, or begin it once more",
    description:
      "Go on with a paused rollout. One that was put back or aborted begins once more, with its first wave.",
    done: "resumed",
  },
  {
    name: "promote",
    summary: "go on to the next wave",
    description:
      "Go on to the next wave: its approval is given, and what is left of the soak of this one is not waited for. " +
      "Its hosts still have to be InSync.",
    done: "promoted",
  },
  {
    name: "abort",
    summary: "put every host back",
    description: "Stop the rollout and put every host back on the revision before, all at once.",
    done: "aborted",
  },
  {
    name: "confirm",
    summary: "keep what was applied with --confirm-within",
    description: "Keep a revision that was applied with --confirm-within.",
    done: "confirmed",
  },
];

function addVerb(rollout: CommandUnknownOpts, verb: Verb, session: Session): void {
  rollout
    .command(verb.name)
    .summary(verb.summary)
    .description(verb.description)
    .argument(
      "[revision]",
      "only if the newest rollout is of this revision; else exit 4",
      wholeNumber,
    )
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (revision, options) => {
      const request = { action: verb.name, revision: revision ?? 0 };
      const answer = await session.withConnection(options, (connection) =>
        connection.changeRollout(request),
      );
      const [document] = readDocuments(rolloutDocument, [answer]);
      session.print(`rollout/${document?.metadata.name ?? ""} ${verb.done}`);
    });
}

function addUndo(rollout: CommandUnknownOpts, session: Session): void {
  rollout
    .command("undo")
    .summary("commit what an earlier revision said")
    .description(
      "Commit what an earlier revision said as a new revision, which goes out like any other. Without --to, what hosts had " +
        "before the newest rollout. To stop one that is under way, abort is faster.",
    )
    .addOption(new Option("--to <n>", "this revision").argParser(wholeNumber))
    .addOption(dryRunOption)
    .addOption(messageOption)
    .addOption(contextOption)
    .addOption(controllerOption)
    .action((options) => undo(options, session));
}

interface UndoOptions extends ContextFlags {
  readonly to?: number | undefined;
  readonly dryRun?: true | undefined;
  readonly message?: string | undefined;
}

async function undo(options: UndoOptions, session: Session): Promise<void> {
  const dryRun = options.dryRun === true;
  const request = { to: options.to ?? 0, dryRun, message: options.message ?? "" };
  const response = await session.withConnection(options, (connection) => connection.undo(request));
  if (refusal(response.issues, session)) {
    session.exitCode = exitCodes.error;
    return;
  }
  for (const change of response.changes) session.print(changeLine(change, dryRun));
  if (response.committed) {
    session.print(`revision ${response.revision}`);
    session.say(waitHint(response));
  } else if (!dryRun)
    session.say(`Nothing changed; the newest revision is still ${response.revision}.`);
}
