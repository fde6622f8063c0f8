import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { hostOptionMeanings, hostOptionNames, hostOptionValues } from "@seawall/policy";
import { CommandFailure, exitCodes } from "../exit-code.ts";
import { objectName, parseTarget } from "../kind.ts";
import { contextOption, controllerOption, hostModeOption, repeated } from "../options.ts";
import type { Session } from "../session.ts";

export function addSet(program: CommandUnknownOpts, session: Session): void {
  program
    .command("set")
    .summary("set mode, options and addresses of a host")
    .description(
      "Set a host's mode, options or approved addresses. In Audit its policies drop nothing and " +
        "count what they would drop. Rules that name hosts by label take the approved addresses for " +
        "theirs, so this may change what other hosts enforce.\n\n" +
        `Options, and what they are where nothing is said:\n${optionLines.join("\n")}`,
    )
    .argument("<kind>", "host, or host/name")
    .argument("[name]", "which one")
    .addOption(hostModeOption("in Audit nothing is dropped"))
    .addOption(
      new Option("--option <name=value>", "an option of the host; repeatable").argParser(repeated),
    )
    .addOption(
      new Option(
        "--address <address>",
        "an address of the host; repeatable: together they replace what was there",
      ).argParser(repeated),
    )
    .option("--no-addresses", "approve no address any more")
    .option(
      "--end-quarantine",
      "two agents had its keys, and the copy is gone for good: give it what it missed",
    )
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (kind, name, options) => {
      const { names: hosts } = parseTarget(name === undefined ? [kind] : [kind, name], ["Host"]);
      const [host] = hosts;
      if (host === undefined || hosts.length > 1) throw usage("name one host");
      const addresses = wantedAddresses(options);
      const chosen = wantedOptions(options.option ?? []);
      const names = Object.keys(chosen);
      const endQuarantine = options.endQuarantine === true;
      if (
        options.mode === undefined &&
        addresses === undefined &&
        names.length === 0 &&
        !endQuarantine
      ) {
        throw usage(
          "nothing to set: give --mode, --option, --address, --no-addresses or --end-quarantine",
        );
      }
      await session.withConnection(options, (connection) =>
        connection.setHost({
          host,
          mode: options.mode ?? "",
          setAddresses: addresses !== undefined,
          addresses: [...(addresses ?? [])],
          options: chosen,
          endQuarantine,
        }),
      );
      const changed = [
        ...(options.mode === undefined ? [] : ["mode"]),
        ...names,
        ...(addresses === undefined ? [] : ["addresses"]),
      ];
      if (changed.length > 0)
        session.print(`${objectName("Host", host)} ${list.format(changed)} set`);
      if (endQuarantine) session.print(`${objectName("Host", host)} is not quarantined`);
    });
}

const list = new Intl.ListFormat("en");

const optionLines = hostOptionNames.map(
  (name) => `  ${name}: ${hostOptionValues[name].join(" or ")}. ${hostOptionMeanings[name]}`,
);

/** By name; whether there are such options is the controller's to say. */
function wantedOptions(texts: readonly string[]): Readonly<Record<string, string>> {
  const pairs = texts.map((text) => {
    const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw usage(`--option ${text}: write it as NAME=VALUE`);
    }
    return [name, value];
  });
  return Object.fromEntries(pairs) as Record<string, string>;
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
