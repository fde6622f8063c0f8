import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { Argument } from "@commander-js/extra-typings";
import { z } from "zod";
import { candidates } from "../candidates.ts";
import { CommandFailure } from "../exit-code.ts";
import type { Kind } from "../kind.ts";
import { printable } from "../printable.ts";
import type { Session } from "../session.ts";

const shells = ["bash", "zsh", "fish"] as const;

const scripts: Readonly<Record<(typeof shells)[number], string>> = {
  bash: `_seawall() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(seawall __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _seawall seawall
`,
  zsh: `#compdef seawall
_seawall() {
  local -a found
  found=("\${(@f)$(seawall __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found || _files
}
compdef _seawall seawall
`,
  fish: `complete -c seawall -a '(seawall __complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
};

export function addCompletion(program: CommandUnknownOpts, session: Session): void {
  program
    .command("completion")
    .summary("print the completion script of a shell")
    .description(
      "Print the completion script of a shell. For bash: source <(seawall completion bash)\n" +
        "Names of objects come from the controller, when it answers within a second.",
    )
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .action((shell) => {
      session.print(scripts[shell]);
    });
  program
    .command("__complete", { hidden: true })
    .argument("[words...]")
    .action(async (words) => {
      const found = await candidates(program, words, (kind) => namesOf(kind, session));
      session.print(found.join("\n"));
    });
}

const DEADLINE_MS = 1_000;
const named = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });

/** A shell that waits for Tab is told nothing rather than an error. */
async function namesOf(kind: Kind, session: Session): Promise<readonly string[]> {
  try {
    const { items } = await session.withConnection(
      {},
      (connection) => connection.get({ kind: kind.kind }),
      DEADLINE_MS,
    );
    return items.map((item) => printable(named.parse(JSON.parse(item)).metadata.name));
  } catch (error) {
    if (error instanceof CommandFailure) return [];
    throw error;
  }
}
