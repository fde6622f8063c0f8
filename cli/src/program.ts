import { Command } from "@commander-js/extra-typings";
import { clientVersion } from "./client-version.ts";
import { addAgent } from "./commands/agent.ts";
import { addApply } from "./commands/apply.ts";
import { addAuth } from "./commands/auth.ts";
import { addCompletion } from "./commands/completion.ts";
import { addCompliance } from "./commands/compliance.ts";
import { addConfig } from "./commands/config.ts";
import { addController } from "./commands/controller.ts";
import { addDelete } from "./commands/delete.ts";
import { addDescribe } from "./commands/describe.ts";
import { addDiff } from "./commands/diff.ts";
import { addEvents } from "./commands/events.ts";
import { addExposure } from "./commands/exposure.ts";
import { addFlows } from "./commands/flows.ts";
import { addGet } from "./commands/get.ts";
import { addLabel } from "./commands/label.ts";
import { addRollout } from "./commands/rollout.ts";
import { addSchema } from "./commands/schema.ts";
import { addSet } from "./commands/set.ts";
import { addTest } from "./commands/test.ts";
import { addToken } from "./commands/token.ts";
import { addTrace } from "./commands/trace.ts";
import { addUser } from "./commands/user.ts";
import { addValidate } from "./commands/validate.ts";
import { addVerify } from "./commands/verify.ts";
import { addVersion } from "./commands/version.ts";
import { addWait } from "./commands/wait.ts";
import { exitCodeHelp } from "./exit-code.ts";
import { contextOption, controllerOption } from "./options.ts";
import type { Session } from "./session.ts";

/** All verbs, in the order in which help lists them. */
export function createProgram(session: Session) {
  const program = new Command("seawall")
    .description("Fleet-wide DOCKER-USER firewall policies for plain Docker hosts.")
    .version(clientVersion(), "-V, --version", "print the version of this program")
    .addOption(contextOption)
    .addOption(controllerOption)
    .enablePositionalOptions()
    .addHelpText("after", `\n${exitCodeHelp}`);
  program.hook("preAction", () => {
    session.globalFlags = program.opts();
  });
  const add = [
    ...[addApply, addDiff, addValidate, addTest, addGet, addDescribe, addDelete, addLabel, addSet],
    ...[
      addRollout,
      addWait,
      addCompliance,
      addVerify,
      addTrace,
      addExposure,
      addFlows,
      addEvents,
      addToken,
      addUser,
      addAuth,
      addController,
      addAgent,
      addConfig,
      addSchema,
      addCompletion,
    ],
    addVersion,
  ];
  for (const addCommand of add) addCommand(program, session);
  return program;
}
