import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's own folder; every node of a lab has it at the same path. */
export const repositoryPath = join(dirname(fileURLToPath(import.meta.url)), "../../..");
