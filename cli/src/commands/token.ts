import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { humanDuration } from "../duration.ts";
import {
  contextOption,
  controllerOption,
  duration,
  hostModeOption,
  labelPair,
  repeated,
  wholeNumber,
} from "../options.ts";
import type { Session } from "../session.ts";
import { count, labelList, list } from "../views/column.ts";

export function addToken(program: CommandUnknownOpts, session: Session): void {
  const token = program
    .command("token")
    .summary("let hosts join the fleet")
    .description("Let hosts join the fleet.");
  token
    .command("create")
    .summary("make a token with which a host joins")
    .description(
      "Make a token with which a host joins. It is printed alone, once, and stored nowhere in clear. " +
        "Mode, labels and addresses that a host gets come from the token, never from the host.",
    )
    .addOption(
      new Option("--uses <n>", "how many hosts may join with it").default(1).argParser(wholeNumber),
    )
    .addOption(
      new Option("--ttl <duration>", "how long it is good for")
        .default(1_800_000, "30m")
        .argParser(duration),
    )
    .option("--host <name>", "good for a host of this name only")
    .addOption(
      new Option("--label <key=value>", "label of hosts that join with it; repeatable").argParser(
        labelPair,
      ),
    )
    .addOption(hostModeOption("mode of hosts that join with it").default("Enforce" as const))
    .addOption(
      new Option(
        "--address-range <cidr>",
        "the joining host's address must lie in it; repeatable",
      ).argParser(repeated),
    )
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (options) => {
      const labels = options.label ?? {};
      const ranges = options.addressRange ?? [];
      const created = await session.withConnection(options, (connection) =>
        connection.createToken({
          uses: options.uses,
          ttlSeconds: Math.ceil(options.ttl / 1000),
          host: options.host ?? "",
          labels: { ...labels },
          addressRanges: [...ranges],
          mode: options.mode,
        }),
      );
      const until = new Date(created.expiresMs).toISOString().replace(/\.\d+Z$/, "Z");
      session.say(
        [
          `Good for ${count(options.uses, "host")}, until ${until} (${humanDuration(options.ttl)}).`,
          options.host === undefined ? "" : `Host: ${options.host}`,
          Object.keys(labels).length === 0 ? "" : `Labels: ${labelList(labels)}`,
          options.mode === "Enforce" ? "" : `Mode: ${options.mode}, nothing is dropped`,
          ranges.length === 0 ? "" : `Address within: ${list(ranges)}`,
          "On the host, with the token in a file that only root can read, or - to type it:",
          `  sudo seawall agent join --controller ${created.joinAddress} --token-file FILE`,
        ]
          .filter((line) => line !== "")
          .join("\n"),
      );
      session.print(created.token);
    });
}
