import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { CommandFailure, exitCodes } from "../exit-code.ts";
import { objectName, parseTarget } from "../kind.ts";
import { contextOption, controllerOption } from "../options.ts";
import type { Session } from "../session.ts";

export function addLabel(program: CommandUnknownOpts, session: Session): void {
  program
    .command("label")
    .summary("set and remove labels of a host")
    .description(
      "Set (key=value) and remove (key-) labels of a host. Policies select hosts by them, so this may " +
        "change what the host enforces.",
    )
    .argument("<kind>", "host, or host/name")
    .argument("<words...>", "name, then key=value and key-")
    .option("--overwrite", "let an existing label get another value")
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (kind, words, options) => {
      const named = kind.includes("/") ? [kind] : [kind, ...words.slice(0, 1)];
      const target = parseTarget(named, ["Host"]);
      const [host = ""] = target.names;
      const changes = labelChanges(kind.includes("/") ? words : words.slice(1));
      await session.withConnection(options, (connection) =>
        connection.labelHost({ host, ...changes, overwrite: options.overwrite === true }),
      );
      session.print(`${objectName("Host", host)} labeled`);
    });
}

interface LabelChanges {
  readonly set: Record<string, string>;
  readonly remove: string[];
}

/** @throws CommandFailure for a word that is neither key=value nor key-, or a key named twice. */
function labelChanges(words: readonly string[]): LabelChanges {
  const set = new Map<string, string>();
  const remove = new Set<string>();
  for (const word of words) {
    const [, key, value] = /^([^=]+)=(.*)$/.exec(word) ?? [];
    const gone = /^([^=]+)-$/.exec(word)?.[1];
    const name = key ?? gone;
    if (name === undefined) throw usage(`"${word}" is neither key=value nor key-`);
    if (set.has(name) || remove.has(name)) throw usage(`label "${name}" is named twice`);
    if (value === undefined) remove.add(name);
    else set.set(name, value);
  }
  if (set.size + remove.size === 0) {
    throw usage("nothing to change: give key=value to set a label, key- to remove one");
  }
  return { set: Object.fromEntries(set), remove: [...remove] };
}

function usage(message: string): CommandFailure {
  return new CommandFailure(exitCodes.error, `Error: ${message}`);
}
