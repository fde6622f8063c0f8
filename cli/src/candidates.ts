import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Kind, kindNames, kinds } from "./kind.ts";

/** Asks for the names of all objects of a kind; empty when that cannot be told quickly. */
export type NamesOf = (kind: Kind) => Promise<readonly string[]>;

/**
 * What may stand in the place of the last of `words`, as the shell's completion
 * offers it. The shell filters by what is typed already.
 */
export async function candidates(
  program: CommandUnknownOpts,
  words: readonly string[],
  namesOf: NamesOf,
): Promise<readonly string[]> {
  const current = words.at(-1) ?? "";
  let command = program;
  const operands: string[] = [];
  for (const word of words.slice(0, -1)) {
    const child = command.commands.find((candidate) => candidate.name() === word);
    if (child !== undefined && operands.length === 0) command = child;
    else if (!word.startsWith("-")) operands.push(word);
  }
  if (current.startsWith("-")) return flags(command);
  const choice = choiceOf(command, words.at(-2) ?? "");
  if (choice !== undefined) return choice;
  if (command.commands.length > 0) {
    return command.commands.filter(isShown).map((child) => child.name());
  }
  return await operandCandidates(command, operands, current, namesOf);
}

function isShown(command: CommandUnknownOpts): boolean {
  return !command.name().startsWith("__");
}

function flags(command: CommandUnknownOpts): readonly string[] {
  return [...command.options.flatMap(({ long }) => long ?? []), "--help"];
}

/** Of the value of a flag that takes one of several words. */
function choiceOf(command: CommandUnknownOpts, flag: string): readonly string[] | undefined {
  return command.options.find(({ short, long }) => flag === short || flag === long)?.argChoices;
}

async function operandCandidates(
  command: CommandUnknownOpts,
  operands: readonly string[],
  current: string,
  namesOf: NamesOf,
): Promise<readonly string[]> {
  const [first, last] = [command.registeredArguments[0], command.registeredArguments.at(-1)];
  if (first?.name() !== "kind") return first?.argChoices ?? [];
  const [word] = operands;
  if (word === undefined) {
    const [prefix] = current.split("/");
    const named = kinds.find((kind) => current.includes("/") && isCalled(kind, prefix));
    if (named === undefined) return kinds.map(({ plural }) => plural);
    return (await namesOf(named)).map((name) => `${prefix ?? ""}/${name}`);
  }
  const kind = kinds.find((candidate) => isCalled(candidate, word));
  return kind === undefined || last === undefined ? [] : await namesOf(kind);
}

function isCalled(kind: Kind, word: string | undefined): boolean {
  return (
    kindNames.includes(kind.kind) &&
    [kind.noun, kind.plural, kind.prefix, ...kind.shortNames].includes(word ?? "")
  );
}
