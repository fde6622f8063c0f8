import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { JoinTokenMessage__Output } from "@seawall/proto";
import { humanDuration } from "../duration.ts";
import {
  contextOption,
  controllerOption,
  duration,
  hostModeOption,
  jsonOption,
  labelPair,
  repeated,
  wholeNumber,
} from "../options.ts";
import { printable } from "../printable.ts";
import type { Session } from "../session.ts";
import { renderTable } from "../table.ts";
import { type Column, count, labelList, list, toTable } from "../views/column.ts";
import { jsonList } from "../views/json-list.ts";

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
  token
    .command("list")
    .summary("list tokens and what is left of them")
    .description(
      "List tokens, those that are used up or expired too, until they are revoked. A token is named by its third part; the secret is kept nowhere.",
    )
    .addOption(jsonOption)
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (options) => {
      const { tokens } = await session.withConnection(options, (connection) =>
        connection.listTokens(),
      );
      if (options.output === "json") session.print(jsonList("TokenList", tokens));
      else if (tokens.length === 0) session.say("No tokens.");
      else session.print(renderTable(toTable(columns, tokens, session.view())));
    });
  token
    .command("revoke")
    .summary("let nobody else join with a token")
    .description(
      "End a token: the next join with it is refused, one that was interrupted too. Hosts that have joined with it stay.",
    )
    .argument("<id>", "token to revoke, as seawall token list names it")
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (id, options) => {
      await session.withConnection(options, (connection) => connection.revokeToken(id));
      session.print(`token/${printable(id)} revoked`);
    });
}

const columns: readonly Column<JoinTokenMessage__Output>[] = [
  { header: "TOKEN", cell: ({ id }) => printable(id) },
  { header: "MADE BY", cell: ({ createdBy }) => printable(createdBy) },
  { header: "USES LEFT", cell: ({ usesLeft, uses }) => `${usesLeft} of ${uses}` },
  { header: "EXPIRES IN", cell: ({ expiresMs }, { now }) => remaining(expiresMs - now) },
  { header: "HOST", cell: ({ host }) => printable(host) },
  { header: "LABELS", cell: ({ labels }) => printable(labelList(labels)) },
  { header: "MODE", cell: ({ mode }) => printable(mode) },
  { header: "ADDRESSES", cell: ({ addressRanges }) => printable(list(addressRanges)) },
];

function remaining(ms: number): string {
  return ms <= 0 ? "expired" : humanDuration(ms);
}
