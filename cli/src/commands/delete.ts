import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { changeLine, refusal, waitHint } from "../change-text.ts";
import type { Connection } from "../connection.ts";
import { CommandFailure, exitCodes } from "../exit-code.ts";
import { objectName, parseTarget } from "../kind.ts";
import { readManifests } from "../manifest-files.ts";
import { manifestNames, type ObjectName } from "../manifest-names.ts";
import {
  contextOption,
  controllerOption,
  dryRunOption,
  ifRevisionOption,
  messageOption,
  optionalFileOption,
} from "../options.ts";
import type { ContextFlags } from "../select-context.ts";
import type { Session } from "../session.ts";

export function addDelete(program: CommandUnknownOpts, session: Session): void {
  program
    .command("delete")
    .summary("delete policies, addressgroups, rolloutstrategies or hosts")
    .description(
      "Delete policies, addressgroups and rolloutstrategies by name or by the manifests they came from, as one revision. " +
        "Deleting a host revokes its identity at once; the rules on it stay until seawall agent uninstall runs there.",
    )
    .argument("[kind]", "policy, addressgroup, rolloutstrategy or host; or kind/name")
    .argument("[name...]", "objects to delete")
    .addOption(optionalFileOption)
    .addOption(dryRunOption)
    .addOption(ifRevisionOption)
    .addOption(messageOption)
    .addOption(contextOption)
    .addOption(controllerOption)
    .action((kind, names, options) =>
      deleteObjects(kind === undefined ? [] : [kind, ...names], options, session),
    );
}

interface DeleteOptions extends ContextFlags {
  readonly filename?: readonly string[] | undefined;
  readonly dryRun?: true | undefined;
  readonly ifRevision?: number | undefined;
  readonly message?: string | undefined;
}

async function deleteObjects(words: readonly string[], options: DeleteOptions, session: Session) {
  if (words.length > 0 === (options.filename !== undefined)) {
    throw usage("name what to delete, or give its manifests with -f");
  }
  if (options.filename !== undefined) {
    const files = await readManifests(options.filename, session.terminal.stdin);
    await deleteResources(manifestNames(files), options, session);
    return;
  }
  const { kind, names } = parseTarget(words, [
    ...(["FleetPolicy", "AddressGroup", "RolloutStrategy", "Host"] as const),
  ]);
  if (names.length === 0) {
    throw usage(`say which ${kind.noun}. To see all: seawall get ${kind.plural}`);
  }
  if (kind.kind === "Host") await deleteHosts(names, options, session);
  else
    await deleteResources(
      names.map((name) => ({ kind: kind.kind, name })),
      options,
      session,
    );
}

async function deleteResources(
  objects: readonly ObjectName[],
  options: DeleteOptions,
  session: Session,
): Promise<void> {
  const dryRun = options.dryRun === true;
  const { ifRevision } = options;
  const response = await session.withConnection(options, (connection) =>
    connection.delete({
      objects: [...objects],
      dryRun,
      ...(ifRevision === undefined ? {} : { ifRevision }),
      message: options.message ?? "",
    }),
  );
  if (refusal(response.issues, session)) {
    session.exitCode = exitCodes.error;
    return;
  }
  for (const change of response.changes) session.print(changeLine(change, dryRun));
  if (response.committed) session.print(`revision ${response.revision}`);
  if (response.committed) session.say(waitHint(response));
}

async function deleteHosts(names: readonly string[], options: DeleteOptions, session: Session) {
  if (options.ifRevision !== undefined || options.message !== undefined) {
    throw usage(
      "hosts are not part of a revision: --if-revision and --message do not go with them",
    );
  }
  await session.withConnection(options, async (connection) => {
    // Several are looked up first, so that a slip in the last name deletes nothing. One is not: a deletion that was
    // not in force yet is repeated, when the host is not there any more.
    if (names.length > 1 || options.dryRun === true)
      for (const name of names) await connection.get({ kind: "Host", name });
    const failures: unknown[] = [];
    for (const name of names) {
      // The others are to be cut off too, whatever becomes of one.
      await deleteHost(name, options.dryRun === true, connection, session).catch(
        (error: unknown) => {
          failures.push(error);
          if (names.length > 1) session.say(`host/${name}: not done, or not all of it.`);
        },
      );
    }
    if (failures.length > 0) throw failures[0];
  });
  const [name = ""] = names;
  session.say(
    `${options.dryRun === true ? "This would revoke" : "Revoked"}: the certificate and NATS credentials of ${names.join(", ")}; open connections end.\n` +
      "The rules on it stay as they are: remove them there with seawall agent uninstall.\n" +
      `To let it in again: seawall token create --host ${name}`,
  );
}

async function deleteHost(name: string, dryRun: boolean, connection: Connection, session: Session) {
  if (!dryRun) await connection.deleteHost(name);
  session.print(`${objectName("Host", name)} deleted${dryRun ? " (dry run)" : ""}`);
}

function usage(message: string): CommandFailure {
  return new CommandFailure(exitCodes.error, `Error: ${message}`);
}
