import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { CommandFailure, exitCodes } from "../exit-code.ts";
import { objectName, parseTarget } from "../kind.ts";
import { contextOption, controllerOption, hostModeOption, repeated } from "../options.ts";
import type { Session } from "../session.ts";

export function addSet(program: CommandUnknownOpts, session: Session): void {
  program
    .command("set")
    .summary("set mode and addresses of a host")
    .description(
      "Set a host's mode, its approved addresses, or both. In Audit its policies drop nothing and " +
        "count what they would drop. Rules that name hosts by label take the approved addresses for " +
        "theirs, so this may change what other hosts enforce.",
    )
    .argument("<kind>", "host, or host/name")
    .argument("[name]", "which one")
    .addOption(hostModeOption("in Audit nothing is dropped"))
    .addOption(
      new Option(
        "--address <address>",
        "an address of the host; repeatable: together they replace what was there",
      ).argParser(repeated),
    )
    .option("--no-addresses", "approve no address any more")
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (kind, name, options) => {
      const { names } = parseTarget(name === undefined ? [kind] : [kind, name], ["Host"]);
      const [host] = names;
      if (host === undefined || names.length > 1) throw usage("name one host");
      const addresses = wantedAddresses(options);
      if (options.mode === undefined && addresses === undefined) {
        throw usage("nothing to set: give --mode, --address or --no-addresses");
      }
      await session.withConnection(options, (connection) =>
        connection.setHost({
          host,
          mode: options.mode ?? "",
          setAddresses: addresses !== undefined,
          addresses: [...(addresses ?? [])],
        }),
      );
      const changed = [
        ...(options.mode === undefined ? [] : ["mode"]),
        ...(addresses === undefined ? [] : ["addresses"]),
      ];
      session.print(`${objectName("Host", host)} ${changed.join(" and ")} set`);
    });
}

interface AddressFlags {
  readonly address?: readonly string[] | undefined;
  /** False with --no-addresses. */
  readonly addresses: boolean;
}

/** Undefined: as they are. */
function wantedAddresses({ address, addresses }: AddressFlags): readonly string[] | undefined {
  if (addresses) return address;
  if (address !== undefined) throw usage("--address or --no-addresses, not both");
  return [];
}

function usage(message: string): CommandFailure {
  return new CommandFailure(exitCodes.error, `Error: ${message}`);
}
