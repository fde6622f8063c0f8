import { resolve } from "node:path";
import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { readClientConfig, withContext, writeClientConfig } from "../client-config.ts";
import { portNumber, repeated } from "../options.ts";
import type { Session } from "../session.ts";
import { withController } from "../with-controller.ts";

const configOption = new Option(
  "--config <file>",
  "settings; flags and SEAWALL_… win over it",
).default("/etc/seawall/controller.yaml");
const stateOption = new Option("--state-directory <dir>", "keys, certificates and the store; 0700");
const advertiseOption = new Option(
  "--advertise <name>",
  "name or address under which hosts and people reach this controller; repeatable, the first goes into tokens",
).argParser(repeated);
const listenOption = new Option("--listen-address <ip>", "address to listen on");
const grpcOption = new Option("--grpc-port <port>", "for hosts and people").argParser(portNumber);
const joinOption = new Option("--join-port <port>", "for hosts that join").argParser(portNumber);
const natsPortOption = new Option("--nats-port <port>", "for bundles to hosts").argParser(
  portNumber,
);
const natsServerOption = new Option(
  "--nats-server <program>",
  "nats-server to start and supervise",
);
const natsUrlOption = new Option(
  "--nats-url <host:port>",
  "nats-server that somebody else runs; then none is started",
);

export function addController(program: CommandUnknownOpts, session: Session): void {
  const controller = program
    .command("controller")
    .summary("set up and run the controller of a fleet")
    .description("Set up and run the controller of a fleet.");
  controller
    .command("init")
    .summary("make the keys of a new fleet")
    .description(
      "Make the CA, the signing key and the NATS operator of a new fleet, and write the admin's context " +
        "for this client. Done once; an existing fleet is never overwritten. With --new-epoch, and only " +
        "when the data of the store was lost or replaced, the keys stay and the store begins anew.",
    )
    .addOption(configOption)
    .addOption(stateOption)
    .addOption(advertiseOption)
    .addOption(listenOption)
    .addOption(grpcOption)
    .addOption(joinOption)
    .addOption(natsPortOption)
    .addOption(natsServerOption)
    .addOption(natsUrlOption)
    .option("--context <name>", "name of the context to write", "default")
    .option(
      "--new-epoch",
      "erase the store of this fleet and begin anew with the same keys: policies have to be applied and hosts to join again",
    )
    .action(async ({ config: configFile, context: name, newEpoch, ...flags }) => {
      if (newEpoch === true) {
        const options = { flags, configFile, environment: session.terminal.env };
        session.say(
          newEpochText(await withController((controller) => controller.newEpoch(options))),
        );
        return;
      }
      // Read first: an unusable file has to show before a key is made that would then be lost.
      const before = await readClientConfig(session.configPath);
      const admin = await withController(({ init }) =>
        init({ flags, configFile, environment: session.terminal.env }),
      );
      const context = {
        name,
        controller: admin.controllerAddress,
        ca: admin.caPem,
        certificate: admin.certPem,
        key: admin.keyPem,
      };
      await writeClientConfig(session.configPath, withContext(before, context));
      session.say(
        `Wrote context "${name}" for ${context.controller} to ${session.configPath}: who has this file is admin of the fleet.\n` +
          "Next: seawall controller run",
      );
    });
  controller
    .command("run")
    .summary("run the controller")
    .description("Run the controller until it is told to stop.")
    .addOption(configOption)
    .addOption(stateOption)
    .addOption(advertiseOption)
    .addOption(listenOption)
    .addOption(grpcOption)
    .addOption(joinOption)
    .addOption(natsPortOption)
    .addOption(natsServerOption)
    .addOption(natsUrlOption)
    .action(async ({ config: configFile, ...flags }) => {
      const { env: environment, interrupted: signal } = session.terminal;
      await withController(({ run }) => run({ flags, configFile, environment, signal }));
    });
  controller
    .command("nats-files")
    .summary("write the files for a nats-server that somebody else runs")
    .description(
      "Write configuration, certificate and key for a nats-server (2.10 or newer) that the controller does not " +
        "start itself. Copy the directory to the same path on the server's machine and run: " +
        "nats-server -c DIR/nats-server.conf. The controller uses it when natsUrl is set.",
    )
    .addOption(configOption)
    .addOption(stateOption)
    .addOption(advertiseOption)
    .addOption(natsUrlOption)
    .requiredOption(
      "--directory <dir>",
      "where to write them, and where they will be on the server",
    )
    .action(async ({ config: configFile, directory, ...flags }) => {
      const environment = session.terminal.env;
      const file = await withController(({ writeNatsFiles }) =>
        writeNatsFiles({ flags, configFile, environment, directory: resolve(directory) }),
      );
      session.say(
        `Wrote ${file} and the server's certificate and key.\nNext: nats-server -c ${file}`,
      );
    });
}

/** In this order: a host that joins before its policies are there is sent an empty set of them. */
function newEpochText(epoch: number): string {
  return `Epoch ${epoch} has begun with an empty store: policies, hosts, labels, users, tokens and history of before are erased.
The CA and all keys are the same. Hosts go on enforcing the rules they have. Of the users the first one, admin, is back with
its key of then, also if it was revoked: make the others anew, and revoke it if its key is not safe. Next, in this order:
  1. seawall controller run
  2. seawall apply -f DIR                        all policies, before any host joins
  3. seawall token create --label KEY=VALUE ...  with the labels that the hosts had
  4. seawall agent join ...                      on every host; it keeps its keys and its rules
  5. seawall wait hosts`;
}
