import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import type { Person } from "../core/opening.ts";

/** What the kernel says where nobody has logged in. */
const NOBODY = 2 ** 32 - 1;
const LONGEST = 64;

/**
 * Who runs this command: the user of the login session, which sudo and su do not change, and the name that sudo
 * was called under. Root can make up both; it is a record for people of good faith.
 */
export async function currentPerson(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Person> {
  const session = await sessionUid();
  const uid = session ?? process.getuid?.() ?? NOBODY;
  return { uid, login: (environment["SUDO_USER"] ?? ownName(uid)).slice(0, LONGEST) };
}

async function sessionUid(): Promise<number | undefined> {
  try {
    const uid = Number(await readFile("/proc/self/loginuid", "utf8"));
    return Number.isSafeInteger(uid) && uid !== NOBODY ? uid : undefined;
  } catch {
    // A kernel without audit has no such file.
    return undefined;
  }
}

function ownName(uid: number): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in passwd.
    return String(uid);
  }
}
