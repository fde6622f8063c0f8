import { randomUUID } from "node:crypto";
import { chmod, link, lstat, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { z } from "zod";

export type StateRead<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly reason: "Missing" | "Exposed" | "Malformed";
      readonly message: string;
    };

const GROUP_AND_OTHERS = 0o077;

/**
 * Where the controller keeps its secrets: one directory of mode 0700 with JSON files
 * of mode 0600. What anybody else could read is refused, not repaired: a key that
 * may have been read is no key any more.
 */
export class StateDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Makes the directory when it is not there. */
  async prepare(): Promise<void> {
    // Only the directory itself is private: others live beside it.
    await mkdir(dirname(this.path), { recursive: true });
    const made = await mkdir(this.path, { recursive: true, mode: 0o700 });
    if (made !== undefined) await chmod(this.path, 0o700);
  }

  async read<T>(name: string, schema: z.ZodType<T>): Promise<StateRead<T>> {
    const file = join(this.path, name);
    const exposed = (await exposure(this.path)) ?? (await exposure(file));
    if (exposed !== undefined) {
      return exposed;
    }
    let json: unknown;
    try {
      json = JSON.parse(await readFile(file, "utf8"));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return {
        ok: false,
        reason: "Malformed",
        message: `${file} is not JSON; restore it from a backup`,
      };
    }
    const parsed = schema.safeParse(json);
    if (!parsed.success) {
      const places = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
      return {
        ok: false,
        reason: "Malformed",
        message: `${file} is not what this version wrote (${places}); restore it from a backup`,
      };
    }
    return { ok: true, value: parsed.data };
  }

  /** Writes a file that must not be there yet. False when it is: nothing was touched then. */
  async create(name: string, value: unknown): Promise<boolean> {
    const file = join(this.path, name);
    const written = await this.#writeBeside(value);
    try {
      await link(written, file);
    } catch (error) {
      if (isErrno(error, "EEXIST")) return false;
      throw error;
    } finally {
      await rm(written);
    }
    await syncDirectory(this.path);
    return true;
  }

  /** Replaces a file as a whole: after a crash there is the old one or the new one. */
  async replace(name: string, value: unknown): Promise<void> {
    const written = await this.#writeBeside(value);
    await rename(written, join(this.path, name));
    await syncDirectory(this.path);
  }

  async #writeBeside(value: unknown): Promise<string> {
    const path = join(this.path, `.${randomUUID()}.tmp`);
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(value, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    return path;
  }
}

async function exposure(
  path: string,
): Promise<Extract<StateRead<never>, { ok: false }> | undefined> {
  try {
    const status = await lstat(path);
    if (status.isSymbolicLink()) {
      return {
        ok: false,
        reason: "Exposed",
        message: `${path} is a symbolic link; put the real one there`,
      };
    }
    if ((status.mode & GROUP_AND_OTHERS) !== 0) {
      const mode = (status.mode & 0o777).toString(8);
      return {
        ok: false,
        reason: "Exposed",
        message: `${path} has mode ${mode}: others could read it. If nobody has, run chmod go= ${path}; otherwise set up the controller anew`,
      };
    }
    return undefined;
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    return {
      ok: false,
      reason: "Missing",
      message: `${path} is not there; run \`seawall controller init\` first`,
    };
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
