// Prints docs/cli.md from the commands themselves: node cli/dist/reference.js
import { homedir } from "node:os";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { exitCodeHelp } from "./exit-code.ts";
import { createProgram } from "./program.ts";
import { Session } from "./session.ts";

const nowhere = {
  isTTY: false,
  size: () => ({ columns: 80, rows: 24 }),
  write: () => undefined,
};
const program = createProgram(
  new Session({
    stdin: process.stdin,
    stdout: nowhere,
    stderr: nowhere,
    env: {},
    homeDirectory: homedir(),
    now: Date.now,
    interrupted: new AbortController().signal,
  }),
);

process.stdout.write(
  [
    "# The command line",
    "",
    "Generated from the commands (`npm run gen`); do not edit.",
    "",
    program.description(),
    "",
    "Data goes to stdout, everything else to stderr. `--context` and `--controller` may stand before the",
    "verb too. Settings: flag over environment (`SEAWALL_CONTEXT`, `SEAWALL_CONTROLLER`, `SEAWALL_CONFIG`)",
    "over file (`~/.config/seawall/config.yaml`, 0600).",
    "",
    "```",
    exitCodeHelp.trimEnd(),
    "```",
    "",
    ...program.commands.flatMap((command) => chapter(command, "seawall")),
  ].join("\n"),
);

function chapter(command: CommandUnknownOpts, parent: string): readonly string[] {
  if (command.name().startsWith("__")) return [];
  const path = `${parent} ${command.name()}`;
  const children = command.commands.flatMap((child) => chapter(child, path));
  // What only leads to its children takes no options.
  if (children.length > 0 && command.options.length === 0) return children;
  return [
    `## ${path}`,
    "",
    command.description(),
    "",
    "```",
    `${path} ${command.usage()}`,
    "```",
    "",
    ...table(command),
    ...children,
  ];
}

function table(command: CommandUnknownOpts): readonly string[] {
  const rows = [
    ...command.registeredArguments.map(
      (argument) => [argument.name(), argument.description] as const,
    ),
    ...command.options.map(
      ({ flags, description, argChoices, defaultValue, defaultValueDescription, long }) => {
        const notes = [
          ...(argChoices === undefined ? [] : [argChoices.join(", ")]),
          ...(defaultValue === undefined || long?.startsWith("--no-") === true
            ? []
            : [`default ${defaultValueDescription ?? String(defaultValue)}`]),
        ];
        return [flags, [description, ...notes].join("; ")] as const;
      },
    ),
  ];
  return rows.length === 0
    ? []
    : [
        "| | |",
        "|---|---|",
        ...rows.map(([name, text]) => `| \`${name}\` | ${text.replaceAll("|", "\\|")} |`),
        "",
      ];
}
