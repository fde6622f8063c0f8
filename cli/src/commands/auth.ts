import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { callOf } from "../call-of.ts";
import { exitCodes } from "../exit-code.ts";
import { contextOption, controllerOption } from "../options.ts";
import { printable } from "../printable.ts";
import type { Session } from "../session.ts";

export function addAuth(program: CommandUnknownOpts, session: Session): void {
  const auth = program
    .command("auth")
    .summary("show who you are to the controller, and what you may do")
    .description("Show who you are to the controller, and what you may do.");
  auth
    .command("whoami")
    .summary("show name and role")
    .description("Show as whom this context calls, and with which role.")
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (options) => {
      const { name, role } = await session.withConnection(options, (connection) =>
        connection.whoAmI(),
      );
      session.print(`${printable(name)} ${printable(role)}`);
    });
  auth
    .command("can-i")
    .summary("say whether you may do something")
    .description(
      "Say whether you may do something: apply, delete policies, delete hosts, create tokens, user create. Exit code 0: yes; 1: no. " +
        "What belongs to the tier Guardrail is changed by a guardrail-admin only; apply --dry-run does not tell.",
    )
    .argument("<verb>", "apply, get, delete, label, set, trace, …")
    .argument("[kind]", "kind of object, where the verb takes one")
    .addOption(contextOption)
    .addOption(controllerOption)
    .action(async (verb, kind, options) => {
      const call = callOf(verb, kind);
      const { role, mayCall } = await session.withConnection(options, (connection) =>
        connection.whoAmI(),
      );
      const may = mayCall.includes(call);
      session.print(may ? "yes" : "no");
      if (!may) session.say(`Your role is ${role}. Who could: seawall user list`);
      session.exitCode = may ? exitCodes.yes : exitCodes.no;
    });
}
