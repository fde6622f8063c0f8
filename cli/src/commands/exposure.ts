import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { type ExposureDocument, exposureDocument } from "@seawall/policy";
import { contextOption, controllerOption, selectorOption } from "../options.ts";
import { readDocuments } from "../read-document.ts";
import type { Session } from "../session.ts";
import { renderTable } from "../table.ts";
import { count, toTable } from "../views/column.ts";
import { exposureColumns, exposureCsv, exposureRows } from "../views/exposure.ts";

/** Every host is asked to look at itself first. */
const DEADLINE_MS = 60_000;

export function addExposure(program: CommandUnknownOpts, session: Session): void {
  program
    .command("exposure")
    .summary("list from where published ports can be reached")
    .description(
      "List every published port of the hosts, worst first: from where outside the host it can be reached (anywhere, " +
        "these CIDRs, or nowhere), which policies judge it, and whether they govern the way that its clients take. " +
        "What they do not govern counts as reachable from anywhere. Of containers in the network of their host, and of " +
        "services of a Swarm, the ports are not known. Each host is asked to look at itself first; one that is not in sync may enforce something else.",
    )
    .addOption(selectorOption)
    .option("--host <name>", "only this host")
    .addOption(
      new Option("-o, --output <format>", "how to print it")
        .choices(["table", "wide", "json", "csv"] as const)
        .default("table" as const),
    )
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (options) => {
      const { selector = "", host = "", output } = options;
      const answer = await session.withConnection(
        options,
        (connection) => connection.exposure({ selector, host }),
        DEADLINE_MS,
      );
      const [document] = readDocuments(exposureDocument, [answer]);
      if (document === undefined) throw new Error("one document was read");
      session.print(printed(output, answer, document, session));
      session.say(summary(document));
    });
}

function printed(
  output: "table" | "wide" | "json" | "csv",
  answer: string,
  document: ExposureDocument,
  session: Session,
): string {
  const rows = exposureRows(document);
  switch (output) {
    case "json":
      return JSON.stringify(JSON.parse(answer), undefined, 2);
    case "csv":
      return exposureCsv(rows);
    case "table":
    case "wide":
      return rows.length === 0
        ? ""
        : renderTable(toTable(exposureColumns, rows, session.view(output === "wide")));
  }
}

function summary({ items, hosts, unknown }: ExposureDocument): string {
  const amount = (from: ExposureDocument["items"][number]["from"]) =>
    items.filter((item) => item.from === from).length;
  const unsure = hosts.filter(({ state }) => state !== "InSync");
  return [
    `${count(items.length, "port")} on ${count(hosts.length, "host")}: ${amount("Anywhere")} open to anywhere, ${amount("Unknown")} unknown, ${amount("Some")} restricted, ${amount("Nowhere")} closed.`,
    ...unsure.map(
      ({ name, state, message }) =>
        `${name} is ${state}, so it may enforce something else${message === "" ? "" : `: ${message}`}`,
    ),
    ...unknown.map(({ host, reason }) => `Nothing is known of ${host}: ${reason}`),
  ].join("\n");
}
