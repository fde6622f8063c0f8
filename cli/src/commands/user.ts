import { generateKeyPairSync } from "node:crypto";
import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { roles } from "@seawall/policy";
import type { User__Output } from "@seawall/proto";
import { reserveClientConfig, writeClientConfig } from "../client-config.ts";
import { age } from "../duration.ts";
import { contextOption, controllerOption, jsonOption } from "../options.ts";
import { printable } from "../printable.ts";
import type { ContextFlags } from "../select-context.ts";
import type { Session } from "../session.ts";
import { renderTable } from "../table.ts";
import { type Column, toTable } from "../views/column.ts";
import { jsonList } from "../views/json-list.ts";

export function addUser(program: CommandUnknownOpts, session: Session): void {
  const user = program
    .command("user")
    .summary("let people and tools use the controller")
    .description("Let people and tools use the controller, each with a role of its own.");
  user
    .command("create")
    .summary("make a user, and the file of its context")
    .description(
      "Make a user of this controller, with a key that is made here, and write a client configuration (0600) for it. Give that " +
        "file to whom it is for and delete it here. viewer sees everything; operator changes policies and hosts; " +
        "guardrail-admin makes users too, and alone changes what belongs to the tier Guardrail, or its rules on any host.",
    )
    .argument("<name>", "its name; revisions carry it")
    .addOption(new Option("--role <role>", "what it may do").choices(roles).makeOptionMandatory())
    .option("--file <path>", "configuration file to write (default: NAME.yaml)")
    .addOption(contextOption)
    .addOption(controllerOption)
    .action((name, options) => createUser(name, options, session));
  user
    .command("revoke")
    .summary("end a user's access at once")
    .description(
      "End a user's access: its next call is refused, and what it follows ends within a second while the controller's store answers. Its name can be used again.",
    )
    .argument("<name>", "user to revoke")
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (name, options) => {
      await session.withConnection(options, (connection) => connection.revokeUser(name));
      session.print(`user/${printable(name)} revoked`);
    });
  user
    .command("list")
    .summary("list users and their roles")
    .description("List users and their roles.")
    .addOption(jsonOption)
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (options) => {
      const { users } = await session.withConnection(options, (connection) =>
        connection.listUsers(),
      );
      session.print(
        options.output === "json"
          ? jsonList("UserList", users)
          : renderTable(toTable(columns, users, session.view())),
      );
    });
}

const columns: readonly Column<User__Output>[] = [
  { header: "NAME", cell: ({ name }) => printable(name) },
  { header: "ROLE", cell: ({ role }) => printable(role) },
  { header: "MADE BY", cell: ({ createdBy }) => printable(createdBy) },
  { header: "AGE", cell: ({ createdMs }, { now }) => age(new Date(createdMs).toISOString(), now) },
];

interface CreateOptions extends ContextFlags {
  readonly role: string;
  readonly file?: string | undefined;
}

async function createUser(name: string, options: CreateOptions, session: Session): Promise<void> {
  const file = resolve(options.file ?? `${name}.yaml`);
  const { context, identity } = await session.access(options);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKeySpki = publicKey.export({ type: "spki", format: "der" });
  // The file first: a user whose key was lost would only be in the way.
  await reserveClientConfig(file);
  try {
    const created = await session.withConnection(options, (connection) =>
      connection.createUser({ name, role: options.role, publicKeySpki }),
    );
    const made = {
      ...{ name, controller: context.controller, ca: identity.ca },
      certificate: created.certificatePem,
      key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    };
    await writeClientConfig(file, { currentContext: name, contexts: [made] });
    const until = new Date(created.expiresMs).toISOString().slice(0, 10);
    session.say(`Wrote ${file}: who has this file is ${name}, ${options.role}, until ${until}.`);
    session.say(`Use it: SEAWALL_CONFIG=${file} seawall auth whoami`);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}
