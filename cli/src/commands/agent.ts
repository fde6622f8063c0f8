import { hostname } from "node:os";
import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { CommandFailure, exitCodes } from "../exit-code.ts";
import { duration } from "../options.ts";
import { readToken } from "../read-token.ts";
import type { Session } from "../session.ts";
import { withAgent } from "../with-agent.ts";

const configOption = new Option(
  "--config <file>",
  "settings; flags and SEAWALL_… win over it",
).default("/etc/seawall/agent.yaml");
const stateOption = new Option(
  "--state-directory <dir>",
  "key, certificate and last good bundle; 0700",
);

export function addAgent(program: CommandUnknownOpts, session: Session): void {
  const agent = program
    .command("agent")
    .summary("make this host part of a fleet")
    .description("Make this host part of a fleet and enforce its policies.");
  agent
    .command("join")
    .summary("join the fleet with a token")
    .description(
      "Make a key on this host and have it certified by the controller, whose CA is checked against the " +
        "token first. Joining again with the same key changes nothing.",
    )
    .option(
      "--controller <host:port>",
      "where hosts join, as seawall token create says (or SEAWALL_CONTROLLER)",
    )
    .requiredOption("--token-file <file>", "file that holds the token, or - for standard input")
    .option("--name <host>", "name in the fleet; default: this host's name up to the first dot")
    .addOption(configOption)
    .addOption(stateOption)
    .action(async ({ config: configFile, tokenFile, name, controller, stateDirectory }) => {
      const { env: environment, interrupted: signal } = session.terminal;
      const address =
        controller ?? session.globalFlags.controller ?? environment["SEAWALL_CONTROLLER"];
      if (address === undefined) {
        throw new CommandFailure(
          exitCodes.error,
          "Error: say where to join with --controller host:port, as seawall token create printed it",
        );
      }
      const token = await readToken(tokenFile, session.terminal.stdin);
      const host = name ?? ownName();
      const flags = { stateDirectory };
      await withAgent((loaded) =>
        loaded.join({
          flags,
          configFile,
          environment,
          signal,
          token,
          host,
          controllerAddress: address,
        }),
      );
      session.say(`Joined as ${host}. Next: seawall agent run`);
    });
  agent
    .command("run")
    .summary("enforce this host's policies")
    .description("Run the agent until it is told to stop. Its rules stay when it stops.")
    .addOption(configOption)
    .addOption(stateOption)
    .action(async ({ config: configFile, ...flags }) => {
      const { env: environment, interrupted: signal } = session.terminal;
      await withAgent((loaded) => loaded.run({ flags, configFile, environment, signal }));
    });
  addOpen(agent, session);
  agent
    .command("restore")
    .summary("put the last good rules into the kernel, before Docker runs")
    .description(
      "For the start of the host, before Docker: enforce what was enforced last, without Docker and without " +
        "the controller. What cannot be told yet is held until the agent runs. Changes nothing where the " +
        "rules of this boot are in force.",
    )
    .addOption(configOption)
    .addOption(stateOption)
    .action(async ({ config: configFile, ...flags }) => {
      const { env: environment, interrupted: signal } = session.terminal;
      await withAgent(async (loaded) => {
        session.say(await loaded.restore({ flags, configFile, environment, signal }));
      });
    });
  agent
    .command("uninstall")
    .summary("take Seawall's rules off this host")
    .description(
      "Remove Seawall's own chains and jumps and nothing else; every other rule is left as it was.",
    )
    .addOption(configOption)
    .addOption(stateOption)
    .action(async ({ config: configFile, ...flags }) => {
      const { env: environment, interrupted: signal } = session.terminal;
      await withAgent((loaded) => loaded.uninstall({ flags, configFile, environment, signal }));
      session.say(
        "Seawall's rules are gone from this host. To take it out of the fleet: seawall delete host NAME",
      );
    });
}

/** Break-glass. */
function addOpen(agent: CommandUnknownOpts, session: Session): void {
  const { env: environment, interrupted: signal } = session.terminal;
  const say = (text: string): void => {
    session.say(text);
  };
  agent
    .command("open")
    .summary("take all rules off this host for a while")
    .description(
      "Break-glass: take every rule of Seawall off this host, as root, without asking the controller. It ends " +
        "by itself, also when the controller is away, and at a reboot; who did it and why is recorded on the " +
        "host and reported, and the host is not compliant meanwhile. Where no agent runs, this command stays, " +
        "and puts the rules back at the end.",
    )
    .addOption(
      new Option("--ttl <duration>", "for how long; at most 24h")
        .default(900_000, "15m")
        .argParser(duration),
    )
    .requiredOption("--reason <text>", "why; one line, recorded and reported")
    .addOption(configOption)
    .addOption(stateOption)
    .action(async ({ config: configFile, ttl, reason, ...flags }) => {
      const options = { flags, configFile, environment, signal, say, reason, ttlMs: ttl };
      await withAgent((loaded) => loaded.open(options));
    });
  agent
    .command("close")
    .summary("end an opening before its time")
    .description("Put the rules back before the time of seawall agent open is over.")
    .addOption(configOption)
    .addOption(stateOption)
    .action(async ({ config: configFile, ...flags }) => {
      await withAgent((loaded) => loaded.close({ flags, configFile, environment, signal, say }));
    });
}

function ownName(): string {
  return hostname().split(".")[0] ?? "";
}
