import { type CommandUnknownOpts, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { FleetFlowsResponse__Output } from "@seawall/proto";
import type { Connection, FlowsRequest } from "../connection.ts";
import { humanDuration } from "../duration.ts";
import { exitCodes } from "../exit-code.ts";
import { FlowSum, type LeftOut, type Unasked } from "../flow-sum.ts";
import {
  contextOption,
  controllerOption,
  duration,
  jsonOption,
  selectorOption,
} from "../options.ts";
import type { Session } from "../session.ts";
import { renderTable } from "../table.ts";
import { count, toTable } from "../views/column.ts";
import { flowColumns, flowLine } from "../views/flow.ts";

const LOOK_MS = 5_000;
const LONGEST_MS = 86_400_000;

export function addFlows(program: CommandUnknownOpts, session: Session): void {
  program
    .command("flows")
    .summary("see which packets rules deny, as it happens")
    .description(
      "Look for a while at what the rules of the hosts tell of, and list it, most packets first: which rule of which " +
        "policy denied what, from where to where; what a policy in Audit would have denied; and what rules with " +
        "`log: true` match. Nothing is collected while nobody looks. A rule tells of 10 packets a second at most; how " +
        "many more it matched is said. Hosts need the program tcpdump. " +
        "Exit code 0: every selected host told; 1: some could not be asked.",
    )
    .option("--denied", "only what is denied")
    .option("--audited", "only what a policy in Audit would have denied")
    .option("--follow", "print a line for each flow that is new or has grown, until Ctrl-C")
    .addOption(
      new Option(
        "--for <duration>",
        "look for so long (5s; with --follow, until Ctrl-C)",
      ).argParser(lookDuration),
    )
    .addOption(selectorOption)
    .option("--host <name>", "only this host")
    .addOption(jsonOption)
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (options) => {
      const { denied = false, audited = false, follow = false, host = "", selector = "" } = options;
      const forMs = options.for ?? (follow ? 0 : LOOK_MS);
      const request = { denied, audited, host, selector, forMs };
      const isJson = options.output === "json";
      const unasked = await session.withConnection(options, async (connection) =>
        follow
          ? await followFlows(connection, request, isJson, session)
          : await lookAtFlows(connection, request, isJson, session),
      );
      session.exitCode = unasked === 0 ? exitCodes.yes : exitCodes.no;
    });
}

function lookDuration(text: string): number {
  const milliseconds = duration(text);
  if (milliseconds > LONGEST_MS) throw new InvalidArgumentError("It must be at most 24h.");
  return milliseconds;
}

/** Returns how many hosts could not be asked. */
async function lookAtFlows(
  connection: Connection,
  request: FlowsRequest,
  isJson: boolean,
  session: Session,
): Promise<number> {
  const sum = new FlowSum();
  if (session.terminal.stderr.isTTY) session.say(`Looking for ${humanDuration(request.forMs)}…`);
  await connection.flows(request, (response) => {
    sum.add(response);
  });
  const flows = sum.flows();
  if (isJson) session.print(JSON.stringify(asDocument(sum), undefined, 2));
  else if (flows.length > 0) {
    session.print(renderTable(toTable(flowColumns, flows, session.view())));
  }
  session.say(
    [
      `${count(flows.length, "flow")} in ${humanDuration(request.forMs)} on ${count(sum.hosts, "host")}.`,
      ...sum.leftOut().map(leftOutText),
      ...sum.unasked().map(unaskedText),
    ].join("\n"),
  );
  return sum.unasked().length;
}

function asDocument(sum: FlowSum) {
  return {
    ...{ apiVersion: "seawall/v1", kind: "FlowReport" },
    items: sum.flows().map(({ host, flow }) => ({ host, ...flow })),
    leftOut: sum.leftOut(),
    unasked: sum.unasked(),
  };
}

/** A line for each flow in each report. Returns how many hosts could not be asked in the end. */
async function followFlows(
  connection: Connection,
  request: FlowsRequest,
  isJson: boolean,
  session: Session,
): Promise<number> {
  const view = session.view();
  const leftOut = new Map<string, number>();
  const unasked = new Set<string>();
  await connection.flows(request, ({ host, report, unasked: why }: FleetFlowsResponse__Output) => {
    if (why) {
      unasked.add(host);
      session.say(unaskedText({ host, ...why }));
    }
    if (!report) return;
    if (unasked.delete(host)) session.say(`${host} tells again.`);
    for (const flow of report.flows) {
      session.print(isJson ? JSON.stringify({ host, ...flow }) : flowLine(host, flow, view));
    }
    const packets = report.leftOut - (leftOut.get(host) ?? 0);
    leftOut.set(host, report.leftOut);
    if (packets > 0) session.say(leftOutText({ host, packets }));
  });
  return unasked.size;
}

function leftOutText({ host, packets }: LeftOut): string {
  return `${host}: and ${packets.toLocaleString("en")} more packets that no line tells of.`;
}

function unaskedText({ host, reason, message }: Unasked): string {
  return `${host} does not tell (${reason}): ${message}`;
}
