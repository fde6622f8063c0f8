import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { type ChangePreviewDocument, changePreviewDocument } from "@seawall/policy";
import type { ApplyRequest, ApplyResponse__Output } from "@seawall/proto";
import { fieldDiff, refusal, ruleDiffs } from "../change-text.ts";
import { CommandFailure, exitCodes } from "../exit-code.ts";
import { issueText } from "../issue-text.ts";
import { readManifests } from "../manifest-files.ts";
import {
  contextOption,
  controllerOption,
  optionalFileOption,
  pruneOption,
  revisionOrNone,
  selectorOption,
  wholeNumber,
} from "../options.ts";
import { type PruneFlags, pruneRequest } from "../prune.ts";
import { readDocuments } from "../read-document.ts";
import type { ContextFlags } from "../select-context.ts";
import type { Session } from "../session.ts";
import { changePreviewText } from "../views/change-preview.ts";

const fromOption = new Option("--from <n>", "from this revision; 0: the fleet before the first")
  .conflicts(["filename", "prune", "selector"])
  .argParser(revisionOrNone);
const toOption = new Option("--to <n>", "with --from: to this revision, instead of the newest")
  .conflicts(["filename", "prune", "selector"])
  .argParser(wholeNumber);

export function addDiff(program: CommandUnknownOpts, session: Session): void {
  program
    .command("diff")
    .summary("show what apply would change, without changing it")
    .description(
      "Show which fields differ from the newest revision, which rules that changes on which host, what traffic is allowed " +
        "or denied from then on, and which live connections would be cut. For the last two each host that changes is asked, " +
        "and changes nothing; those that do not answer are named. Where the RolloutStrategy has the gate NewDrops, what is said " +
        "of a host is announced to it, unless you may not apply it: the rollout of exactly this change may cut that, and nothing else. With --from, the fields and rules that differ " +
        "between two revisions, on the hosts as they are now. Exit code 0: nothing would change; 1: something would; 2: the manifests are refused.",
    )
    .addOption(optionalFileOption)
    .addOption(fromOption)
    .addOption(toOption)
    .addOption(pruneOption)
    .addOption(selectorOption)
    .addOption(contextOption)
    .addOption(controllerOption)
    .action((options) => diff(options, session));
}

interface DiffOptions extends ContextFlags, PruneFlags {
  readonly filename?: readonly string[] | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

type FileOptions = DiffOptions & { readonly filename: readonly string[] };
type RevisionOptions = DiffOptions & { readonly from: number };

async function diff(options: DiffOptions, session: Session): Promise<void> {
  const { filename, from } = options;
  if (filename !== undefined) await diffFiles({ ...options, filename }, session);
  else if (from !== undefined) await diffRevisions({ ...options, from }, session);
  else
    throw new CommandFailure(
      exitCodes.error,
      "Error: give the manifests with -f, or a revision with --from",
    );
}

async function diffRevisions(options: RevisionOptions, session: Session): Promise<void> {
  const { from, to } = options;
  const response = await session.withConnection(options, (connection) =>
    connection.diff({ from, to: to ?? 0 }),
  );
  for (const issue of response.issues) session.say(issueText(issue));
  session.say(`From revision ${from} to revision ${response.to}:`);
  printDifferences(response, session);
}

async function diffFiles(options: FileOptions, session: Session): Promise<void> {
  const prune = pruneRequest(options);
  const files = await readManifests(options.filename, session.terminal.stdin);
  const { response, preview } = await askPreview({ files: [...files], ...prune }, options, session);
  if (refusal(response.issues, session)) {
    session.exitCode = exitCodes.error;
    return;
  }
  if (printDifferences(response, session)) {
    if (preview !== undefined) session.print(changePreviewText(preview, session.view()));
    session.say(`Apply exactly this: ${applyCommand(options, response.revision)}`);
  }
}

interface Asked {
  readonly response: ApplyResponse__Output;
  /** Undefined: nothing changes, or what does on the hosts is not known. */
  readonly preview?: ChangePreviewDocument;
}

/** What the change would be, and then what it would do; on a terminal, how far that is. */
async function askPreview(
  request: ApplyRequest,
  options: FileOptions,
  session: Session,
): Promise<Asked> {
  const { stderr } = session.terminal;
  const draw = (text: string) => {
    if (stderr.isTTY) stderr.write(`\r\u001b[K${text}`);
  };
  const answer: { change?: ApplyResponse__Output; document?: string; isDrawn?: true } = {};
  try {
    await session.withConnection(options, (connection) =>
      connection.preview(request, ({ change, document, progress }) => {
        if (change) answer.change = change;
        if (document) answer.document = document;
        if (!progress) return;
        answer.isDrawn = true;
        draw(`Asking hosts: ${progress.asked} of ${progress.hosts} have answered`);
      }),
    );
  } finally {
    if (answer.isDrawn) draw("");
  }
  const { change: response, document } = answer;
  if (response === undefined) throw new CommandFailure(exitCodes.error, "Error: an empty answer");
  const [preview] = document === undefined ? [] : readDocuments(changePreviewDocument, [document]);
  return { response, ...(preview && { preview }) };
}

type Differences = Pick<ApplyResponse__Output, "changes" | "hosts" | "hostsUnknown">;

/** False when there are none. */
function printDifferences(
  { changes, hosts, hostsUnknown }: Differences,
  session: Session,
): boolean {
  const changed = changes.filter(({ action }) => action !== "UNCHANGED");
  if (changed.length === 0) {
    session.say("No differences.");
    return false;
  }
  for (const change of changed) session.print(fieldDiff(change, session.paint));
  for (const text of ruleDiffs(hosts, session.paint)) session.print(text);
  if (hosts.length === 0 && !hostsUnknown) session.say("No host's rules change.");
  session.exitCode = exitCodes.no;
  return true;
}

/** The same files against the same revision. */
function applyCommand(options: FileOptions, revision: number): string {
  const words = ["seawall", "apply", ...options.filename.flatMap((path) => ["-f", path])];
  if (options.prune === true) words.push("--prune", "-l", options.selector ?? "");
  words.push("--if-revision", String(revision));
  return words.map(shellWord).join(" ");
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
