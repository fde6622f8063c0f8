import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { traceDocument } from "@seawall/policy";
import { exitCodes } from "../exit-code.ts";
import { contextOption, controllerOption, jsonOption } from "../options.ts";
import { readDocuments } from "../read-document.ts";
import type { Session } from "../session.ts";
import { traceSummary, traceText } from "../views/trace.ts";

/** Every host is asked to look at itself first. */
const DEADLINE_MS = 60_000;

export function addTrace(program: CommandUnknownOpts, session: Session): void {
  program
    .command("trace")
    .summary("say what becomes of a connection, and why")
    .description(
      "Say by which way a new connection would go on every host that it concerns, what the policies and Docker do with " +
        "it there, and the smallest change to the policies that would turn their answer round. Each host is asked to " +
        "look at itself first; the answer is computed, no packet is sent. " +
        "SRC and DST are a container, a network (each of its containers), an address, `internet` (an address that no " +
        "rule names) or `host`; container/NAME or network/NAME where both have the name. The port is the " +
        "container's own, and with `host` the published one. " +
        "What hosts forward outside Docker is asked with addresses; ADDRESS%INTERFACE says by which interface of the host it " +
        "comes in or goes out, else each that policies select is shown. " +
        "Exit code 0: it gets through on every way, on every host that is asked and has both ends, all of them in sync; 1: not so; " +
        "2: SRC or DST is not understood.",
    )
    .argument("<src>", "where the connection begins")
    .argument(
      "<dst:port>",
      "where it goes: db:3306, host:8080, [2001:db8::1]:443, 10.9.0.5%eth1:22",
    )
    .addOption(
      new Option("--protocol <name>", "with icmp no port is given")
        .choices(["tcp", "udp", "icmp"] as const)
        .default("tcp" as const),
    )
    .option("--host <name>", "only this host")
    .addOption(jsonOption)
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (source, destination, options) => {
      const { protocol, host = "" } = options;
      const answer = await session.withConnection(
        options,
        (connection) =>
          connection.trace({ source, destination, protocol: protocol.toUpperCase(), host }),
        DEADLINE_MS,
      );
      const [document] = readDocuments(traceDocument, [answer]);
      if (document === undefined) throw new Error("one document was read");
      if (options.output === "json") {
        session.print(JSON.stringify(JSON.parse(answer), undefined, 2));
      } else {
        session.print(traceText(document, session.view()));
      }
      session.say(traceSummary(document));
      session.exitCode = document.allowed ? exitCodes.yes : exitCodes.no;
    });
}
