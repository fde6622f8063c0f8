import { type CommandUnknownOpts, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { exitCodes } from "../exit-code.ts";
import { contextOption, controllerOption, jsonOption } from "../options.ts";
import type { ContextFlags } from "../select-context.ts";
import type { Session } from "../session.ts";
import type { KnownRevision, VerifiedHistory } from "../verify-history.ts";
import { headText, verifiedHistoryText } from "../views/verified-history.ts";

export function addVerify(program: CommandUnknownOpts, session: Session): void {
  const verify = program
    .command("verify")
    .summary("prove that the history was not tampered with")
    .description("Prove that the history was not tampered with.");
  verify
    .command("history")
    .summary("check signatures, order and objects of all revisions")
    .description(
      "Check here, from the bytes that the controller has stored, that each revision is signed with its key, names the " +
        "digest of its parent, and is there with all its objects: one that was changed, left out, moved or replaced is named. " +
        "The key is the one that the controller gives over TLS, so its certificate vouches for it. That the newest revisions were not " +
        "taken away, the controller tells by what it has seen; whoever does not trust it for that notes the head down and gives it " +
        "with --known. Exit code 1 when anything is wrong.",
    )
    .addOption(
      new Option(
        "--known <n:sha256>",
        "the head of an earlier check; this revision must still be there, and so all before it",
      ).argParser(knownRevision),
    )
    .addOption(jsonOption)
    .addOption(contextOption)
    .addOption(controllerOption)
    .action((options) => verifyStored(options, session));
}

interface VerifyOptions extends ContextFlags {
  readonly known?: KnownRevision | undefined;
  readonly output: "table" | "json";
}

async function verifyStored(options: VerifyOptions, session: Session): Promise<void> {
  // Loaded late, as the connection is.
  const [{ fetchHistory }, { verifyHistory }] = await Promise.all([
    import("../fetch-history.ts"),
    import("../verify-history.ts"),
  ]);
  const handed = await session.withConnection(options, (connection) =>
    fetchHistory(connection, { objects: true }),
  );
  const verified = verifyHistory(handed, options.known);
  const isGood = verified.findings.length === 0;
  if (options.output === "json") {
    session.print(JSON.stringify(asDocument(verified, isGood), undefined, 2));
  } else {
    session.print(verifiedHistoryText(verified));
  }
  session.say(summary(verified, isGood));
  session.exitCode = isGood ? exitCodes.yes : exitCodes.no;
}

function summary({ findings, head, revisions }: VerifiedHistory, isGood: boolean): string {
  if (!isGood)
    return `Not verified: ${findings.length} ${findings.length === 1 ? "finding" : "findings"}.`;
  if (head === undefined || revisions === 0)
    return "There is no revision yet, so nothing is proved.";
  return `Verified. To see later that all this is still there: seawall verify history --known ${headText(head)}`;
}

function asDocument(verified: VerifiedHistory, isGood: boolean) {
  return { apiVersion: "seawall/v1", kind: "HistoryVerification", verified: isGood, ...verified };
}

function knownRevision(text: string): KnownRevision {
  const [, number = "", digest = ""] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (digest === "") {
    throw new InvalidArgumentError(
      "Write it as an earlier check did: the number, a colon, 64 hex digits.",
    );
  }
  return { number: Number(number), digest };
}
