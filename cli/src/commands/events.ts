import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { FleetEventMessage__Output } from "@seawall/proto";
import { contextOption, controllerOption, duration, jsonOption } from "../options.ts";
import type { Session } from "../session.ts";
import { renderTable } from "../table.ts";
import { count, toTable } from "../views/column.ts";
import { eventColumns, eventLine } from "../views/event.ts";
import { jsonList } from "../views/json-list.ts";

export function addEvents(program: CommandUnknownOpts, session: Session): void {
  program
    .command("events")
    .summary("see what happened in the fleet, and who did it")
    .description(
      "List what happened, oldest first: changes of policies, hosts, users and tokens, steps of rollouts, joins, refusals, quarantines, and what hosts say of " +
        "themselves: drift, repairs, bundles refused or taken back, openings. What a host says is as true as its agent. " +
        "The signed record of changes of policies is the history: seawall verify history.",
    )
    .option("--follow", "go on with what happens, a line for each, until Ctrl-C")
    .addOption(
      new Option("--since <duration>", "no older than this")
        .default(86_400_000, "1d")
        .argParser(duration),
    )
    .option("--host <name>", "only what concerns this host")
    .addOption(jsonOption)
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (options) => {
      const { follow = false, host = "" } = options;
      const isJson = options.output === "json";
      const sinceMs = session.terminal.now() - options.since;
      const view = session.view();
      const listed: FleetEventMessage__Output[] = [];
      await session.withConnection(options, (connection) =>
        connection.events({ host, sinceMs, follow }, ({ head, event }) => {
          if (head && head.lost > 0) session.say(lostText(head.lost));
          if (!event) return;
          if (follow) session.print(isJson ? JSON.stringify(event) : eventLine(event, view));
          else listed.push(event);
        }),
      );
      if (follow) return;
      if (isJson) session.print(jsonList("EventList", listed));
      else if (listed.length === 0) session.say("No events.");
      else session.print(renderTable(toTable(eventColumns, listed, view)));
    });
}

function lostText(lost: number): string {
  return `${count(lost, "event")} could not be written since the controller started; its log has them.`;
}
