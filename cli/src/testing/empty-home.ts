import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const homes: string[] = [];

/** Gone at the end of the file of tests. */
export function emptyHome(): string {
  const home = mkdtempSync(join(tmpdir(), "seawall-cli-"));
  homes.push(home);
  return home;
}

/** Called behind each file of tests: files share this module, so a hook of its own would run behind the first alone. */
export function removeHomes(): void {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
}
