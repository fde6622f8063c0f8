import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { stringify } from "yaml";
import { z } from "zod";
import { CommandFailure, exitCodes } from "../exit-code.ts";
import { type Kind, objectName, parseTarget, type Target } from "../kind.ts";
import { contextOption, controllerOption, selectorOption } from "../options.ts";
import { printable } from "../printable.ts";
import type { ContextFlags } from "../select-context.ts";
import type { Session } from "../session.ts";
import { renderTable } from "../table.ts";
import { kindTable } from "../views/kind-table.ts";

const formats = ["wide", "json", "yaml", "name"] as const;

export function addGet(program: CommandUnknownOpts, session: Session): void {
  program
    .command("get")
    .summary("list hosts, policies, addressgroups, rolloutstrategies, revisions or networks")
    .description(
      "List one kind of object, or the named ones: hosts, policies, addressgroups, rolloutstrategies, revisions, networks. " +
        "networks are the Docker networks of the whole fleet, each with its bridge and subnets.",
    )
    .argument("<kind>", "kind, or kind/name")
    .argument("[name...]", "only these")
    .addOption(selectorOption)
    .addOption(new Option("-o, --output <format>", "instead of a table").choices(formats))
    .option("--no-headers", "leave out the line of headers")
    .addOption(contextOption)
    .addOption(controllerOption)
    .action((kind, names, options) => get([kind, ...names], options, session));
}

interface GetOptions extends ContextFlags {
  readonly selector?: string | undefined;
  readonly output?: (typeof formats)[number] | undefined;
  readonly headers: boolean;
}

async function get(words: readonly string[], options: GetOptions, session: Session) {
  const target = parseTarget(words);
  if (target.names.length > 0 && options.selector !== undefined) {
    throw new CommandFailure(exitCodes.error, "Error: give names or --selector, not both");
  }
  const items = await fetchItems(target, options, session);
  const { output } = options;
  if (output === "json" || output === "yaml") {
    const document = asDocument(target, items);
    session.print(
      output === "json"
        ? JSON.stringify(document, undefined, 2)
        : stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }),
    );
  } else if (items.length === 0) {
    session.say("No resources found.");
  } else if (output === "name") {
    session.print(items.map((item) => nameOf(target.kind, item)).join("\n"));
  } else {
    const { table, summary } = kindTable(target.kind.kind, items, session.view(output === "wide"));
    session.print(renderTable(table, options.headers));
    if (summary !== "") session.say(summary);
  }
}

function fetchItems({ kind, names }: Target, options: GetOptions, session: Session) {
  return session.withConnection(options, async (connection) => {
    const request = { kind: kind.kind, selector: options.selector ?? "" };
    if (names.length === 0) return (await connection.get(request)).items;
    const items: string[] = [];
    for (const name of names) items.push(...(await connection.get({ ...request, name })).items);
    return items;
  });
}

/** One named object is itself, anything else a list. A network's name is not unique in a fleet. */
function asDocument({ kind, names }: Target, items: readonly string[]): unknown {
  const documents = items.map((item): unknown => JSON.parse(item));
  return names.length === 1 && kind.kind !== "Network"
    ? documents[0]
    : { apiVersion: "seawall/v1", kind: `${kind.kind}List`, items: documents };
}

const named = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  status: z.looseObject({ host: z.string().optional() }).optional(),
});

function nameOf(kind: Kind, item: string): string {
  const { metadata, status } = named.parse(JSON.parse(item));
  const name = kind.kind === "Network" ? `${status?.host ?? ""}/${metadata.name}` : metadata.name;
  return printable(objectName(kind.kind, name));
}
