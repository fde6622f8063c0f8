import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import {
  addressGroupDocument,
  hostDocument,
  networkDocument,
  policyDocument,
  revisionDocument,
} from "@seawall/policy";
import type { Connection } from "../connection.ts";
import { CommandFailure, exitCodes } from "../exit-code.ts";
import { type Kind, type KindName, parseTarget } from "../kind.ts";
import { contextOption, controllerOption } from "../options.ts";
import { readDocuments } from "../read-document.ts";
import type { Session } from "../session.ts";
import type { View } from "../views/column.ts";
import { describeHost } from "../views/describe-host.ts";
import {
  describeAddressGroup,
  describeNetwork,
  describeRevision,
} from "../views/describe-other.ts";
import { describePolicy } from "../views/describe-policy.ts";
import { hostSelectorOf } from "../views/policy.ts";

export function addDescribe(program: CommandUnknownOpts, session: Session): void {
  program
    .command("describe")
    .summary("show everything about one object")
    .description(
      "Show everything about an object: of a host its state and why, networks, counters and drifts; " +
        "of a policy its rules, its hosts and what each rule has counted; of a revision who made it, when and why, what it " +
        "changed, and whether its signature holds, which is verified here.",
    )
    .argument("<kind>", "kind, or kind/name")
    .argument("[name...]", "objects to describe")
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (kind, names, options) => {
      const target = parseTarget([kind, ...names]);
      if (target.names.length === 0) {
        throw new CommandFailure(
          exitCodes.error,
          `Error: say which ${target.kind.noun}. To see all: seawall get ${target.kind.plural}`,
        );
      }
      await session.withConnection(options, async (connection) => {
        const texts: string[] = [];
        for (const name of target.names) {
          texts.push(...(await describe(target.kind, name, connection, session.view())));
        }
        session.print(texts.join("\n"));
      });
    });
}

type Describe = (
  items: readonly string[],
  connection: Connection,
  view: View,
) => readonly string[] | Promise<readonly string[]>;

const describers: Readonly<Record<KindName, Describe>> = {
  Host: (items, _connection, view) =>
    readDocuments(hostDocument, items).map((host) => describeHost(host, view)),
  FleetPolicy: (items, connection, view) =>
    Promise.all(
      readDocuments(policyDocument, items).map(async (policy) => {
        const request = { kind: "Host", selector: hostSelectorOf(policy) };
        const hosts = readDocuments(hostDocument, (await connection.get(request)).items);
        return describePolicy(policy, hosts, view);
      }),
    ),
  AddressGroup: (items) => readDocuments(addressGroupDocument, items).map(describeAddressGroup),
  Revision: async (items, connection, view) => {
    // Loaded late, as the connection is.
    const [{ fetchHistory }, { proveRevision }] = await Promise.all([
      import("../fetch-history.ts"),
      import("../verify-history.ts"),
    ]);
    return await Promise.all(
      readDocuments(revisionDocument, items).map(async (revision) => {
        const number = Number(revision.metadata.name);
        const request = { from: number - 1, to: number + 1 };
        const proof = proveRevision(await fetchHistory(connection, request), number);
        return describeRevision(revision, proof, view);
      }),
    );
  },
  Network: (items) => readDocuments(networkDocument, items).map(describeNetwork),
};

async function describe(kind: Kind, name: string, connection: Connection, view: View) {
  const { items } = await connection.get({ kind: kind.kind, name });
  return await describers[kind.kind](items, connection, view);
}
