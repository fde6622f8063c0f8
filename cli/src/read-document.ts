import type { z } from "zod";
import { CommandFailure, exitCodes } from "./exit-code.ts";
import { printable } from "./printable.ts";

/**
 * Reads what a controller answered, fit to be printed in a table.
 * @throws CommandFailure when it is not what this version knows.
 */
export function readDocuments<Document>(
  schema: z.ZodType<Document>,
  items: readonly string[],
): readonly Document[] {
  return items.map((item) => {
    const value: unknown = JSON.parse(item, (_key, part: unknown) =>
      typeof part === "string" ? printable(part) : part,
    );
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new CommandFailure(
      exitCodes.error,
      `Error: the controller's answer is not understood (${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}).\n` +
        "Controller and client may be too far apart: seawall version. With -o json the answer is shown as it is.",
    );
  });
}
