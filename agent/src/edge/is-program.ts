import { access, constants } from "node:fs/promises";
import { join } from "node:path";

/** Whether a program of this name would be found. @param path as PATH */
export async function isProgram(name: string, path: string): Promise<boolean> {
  for (const folder of path.split(":")) {
    try {
      await access(join(folder, name), constants.X_OK);
      return true;
    } catch {
      // Then in one of the others.
    }
  }
  return false;
}
