import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { clientVersion } from "../client-version.ts";
import { contextOption, controllerOption, jsonOption } from "../options.ts";
import { printable } from "../printable.ts";
import type { Session } from "../session.ts";

const DEADLINE_MS = 5_000;

export function addVersion(program: CommandUnknownOpts, session: Session): void {
  program
    .command("version")
    .summary("show versions of this program and of the controller")
    .description("Show the versions of this program and of the controller.")
    .option("--client", "only this program; ask nobody")
    .addOption(jsonOption)
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (options) => {
      const client = { version: clientVersion(), node: process.versions.node };
      if (options.output === "table")
        session.print(`Client: ${client.version} (Node ${client.node})`);
      const server =
        options.client === true
          ? undefined
          : await session.withConnection(
              options,
              (connection) => connection.version(),
              DEADLINE_MS,
            );
      if (options.output === "json") {
        session.print(
          JSON.stringify({ client, ...(server === undefined ? {} : { server }) }, undefined, 2),
        );
        return;
      }
      if (server === undefined) return;
      session.print(
        printable(
          `Server: ${server.version} (Node ${server.node}, nats-server ${server.natsServer})`,
        ),
      );
      if (minor(server.version) !== minor(client.version)) {
        session.say(
          "Client and controller differ by more than a patch; use the same version of both.",
        );
      }
    });
}

function minor(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}
