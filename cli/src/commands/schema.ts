import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { jsonSchema } from "@seawall/policy";
import type { Session } from "../session.ts";

export function addSchema(program: CommandUnknownOpts, session: Session): void {
  program
    .command("schema")
    .summary("print the JSON Schema of manifests")
    .description(
      "Print the JSON Schema of manifests, for editors. In a manifest:\n" +
        "# yaml-language-server: $schema=seawall.schema.json",
    )
    .action(() => {
      session.print(JSON.stringify(jsonSchema(), undefined, 2));
    });
}
