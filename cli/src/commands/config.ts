import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { stringify } from "yaml";
import { type ClientConfig, readClientConfig, writeClientConfig } from "../client-config.ts";
import { CommandFailure, exitCodes } from "../exit-code.ts";
import type { Session } from "../session.ts";
import { renderTable } from "../table.ts";

export function addConfig(program: CommandUnknownOpts, session: Session): void {
  const config = program
    .command("config")
    .summary("show and choose the controllers this client knows")
    .description("Show and choose the controllers this client knows.");
  config
    .command("get-contexts")
    .description("List the contexts: which controller, as whom.")
    .action(async () => {
      const { contexts, currentContext } = await existing(session);
      session.print(
        renderTable({
          headers: ["CURRENT", "NAME", "CONTROLLER"],
          rows: contexts.map(({ name, controller }) => [
            name === currentContext ? "*" : "",
            name,
            controller,
          ]),
        }),
      );
    });
  config
    .command("use-context")
    .description("Make a context the current one.")
    .argument("<name>")
    .action(async (name) => {
      const { contexts } = await existing(session);
      if (!contexts.some((context) => context.name === name)) {
        throw new CommandFailure(
          exitCodes.no,
          `Error (NotFound): context "${name}" not found. There are: seawall config get-contexts`,
        );
      }
      await writeClientConfig(session.configPath, { currentContext: name, contexts });
      session.print(`context ${name}`);
    });
  config
    .command("view")
    .description("Show the configuration file, without its private keys.")
    .action(async () => {
      const { contexts, currentContext } = await existing(session);
      const shown = contexts.map((context) => ({ ...context, key: "REDACTED" }));
      session.print(stringify({ currentContext, contexts: shown }, { lineWidth: 0 }));
    });
}

async function existing(session: Session): Promise<ClientConfig> {
  const config = await readClientConfig(session.configPath);
  if (config !== undefined) return config;
  throw new CommandFailure(
    exitCodes.error,
    `Error: ${session.configPath} is not there. On the controller, seawall controller init writes it.`,
  );
}
