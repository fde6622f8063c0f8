import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { changedName, changeLine, changeResult, refusal, waitHint } from "../change-text.ts";
import type { Connection } from "../connection.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { parseTarget } from "../kind.ts";
import { readManifests } from "../manifest-files.ts";
import {
  contextOption,
  controllerOption,
  dryRunOption,
  duration,
  fileOption,
  ifRevisionOption,
  messageOption,
  pruneOption,
  selectorOption,
  timeoutOption,
} from "../options.ts";
import { type PruneFlags, pruneRequest } from "../prune.ts";
import { lineDisplay } from "../rollout-display.ts";
import { sayConfirmation } from "../say-confirmation.ts";
import type { ContextFlags } from "../select-context.ts";
import type { Session } from "../session.ts";
import { count } from "../views/column.ts";
import { inSync } from "../wait-condition.ts";
import { waitUntil } from "../wait-until.ts";
import { watchRollout } from "../watch-rollout.ts";

export function addApply(program: CommandUnknownOpts, session: Session): void {
  program
    .command("apply")
    .summary("make the fleet be as the manifests say")
    .description(
      "Create or replace the objects in the manifests, as one revision: all of them, or none. " +
        "Objects that the manifests do not name stay, except with --prune.",
    )
    .addOption(fileOption)
    .addOption(dryRunOption)
    .addOption(ifRevisionOption)
    .addOption(pruneOption)
    .addOption(selectorOption)
    .addOption(messageOption)
    .addOption(
      new Option(
        "--wait",
        "until its rollout is over, or, where it goes to all hosts at once, every host is InSync",
      ),
    )
    .addOption(timeoutOption().implies({ wait: true }))
    .addOption(
      new Option(
        "--confirm-within <duration>",
        "undo it unless seawall rollout confirm is run so soon after it began to go out",
      ).argParser(duration),
    )
    .addOption(new Option("-o, --output <format>", "instead of lines").choices(["json"] as const))
    .addOption(contextOption)
    .addOption(controllerOption)
    .action((options) => apply(options, session));
}

interface ApplyOptions extends ContextFlags, PruneFlags {
  readonly filename: readonly string[];
  readonly dryRun?: true | undefined;
  readonly ifRevision?: number | undefined;
  readonly message?: string | undefined;
  readonly wait?: true | undefined;
  /** Of the wait, in milliseconds. */
  readonly timeout: number;
  /** In milliseconds. */
  readonly confirmWithin?: number | undefined;
  readonly output?: "json" | undefined;
}

async function apply(options: ApplyOptions, session: Session): Promise<void> {
  const prune = pruneRequest(options);
  const files = await readManifests(options.filename, session.terminal.stdin);
  const dryRun = options.dryRun === true;
  const { ifRevision } = options;
  const request = {
    files: [...files],
    dryRun,
    ...(ifRevision === undefined ? {} : { ifRevision }),
    message: options.message ?? "",
    confirmWithinMs: options.confirmWithin ?? 0,
    ...prune,
  };
  await session.withConnection(options, async (connection) => {
    const response = await (prune.prune && !dryRun
      ? applyAnnounced(connection, request, session)
      : connection.apply(request));
    if (!tell(response, options, session) || dryRun) return;
    if (response.committed) {
      if (options.wait !== true) session.say(waitHint(response));
      if (options.confirmWithin !== undefined) {
        await sayConfirmation(response.revision, connection, session);
      }
    }
    if (options.wait === true) {
      session.exitCode = await waitFor(response, options.timeout, connection, session);
    }
  });
}

async function waitFor(
  { inWaves, revision }: Changed,
  timeout: number,
  connection: Connection,
  session: Session,
): Promise<ExitCode> {
  if (inWaves) {
    const display = lineDisplay((line) => {
      session.say(line);
    }, session);
    return await watchRollout({ revision, timeout, display }, connection, session);
  }
  const wanted = { target: parseTarget(["hosts"]), selector: "", for: inSync };
  return (await waitUntil({ ...wanted, timeout }, connection, session)).exitCode;
}

/** Whether the change was taken. */
function tell(response: Changed, options: ApplyOptions, session: Session): boolean {
  const dryRun = options.dryRun === true;
  const refused = refusal(response.issues, session);
  if (options.output === "json") {
    session.print(JSON.stringify(changeResult(response, dryRun), undefined, 2));
  }
  if (refused) {
    session.exitCode = exitCodes.error;
    return false;
  }
  if (options.output !== "json") {
    for (const change of response.changes) session.print(changeLine(change, dryRun));
    if (response.committed) session.print(`revision ${response.revision}`);
  }
  if (!response.committed && !dryRun) {
    session.say(`Nothing changed; the newest revision is still ${response.revision}.`);
  }
  return true;
}

type Apply = Connection["apply"];
type Changed = Awaited<ReturnType<Apply>>;

/** Says what will be deleted, then deletes exactly that: whoever writes in between makes it fail. */
async function applyAnnounced(
  connection: Connection,
  request: Parameters<Apply>[0],
  session: Session,
): ReturnType<Apply> {
  const plan = await connection.apply({ ...request, dryRun: true });
  const doomed = plan.changes.filter(({ action }) => action === "DELETED");
  if (doomed.length === 0 || plan.issues.some(({ severity }) => severity === "ERROR")) {
    return await connection.apply(request);
  }
  session.say(`--prune deletes ${count(doomed.length, "object")}:`);
  for (const change of doomed) session.say(`  ${changedName(change)}`);
  return await connection.apply({ ...request, ifRevision: plan.revision });
}
