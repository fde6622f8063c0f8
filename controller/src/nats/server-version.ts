import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Older servers do not know `sync_interval` and were reported to let two
 * concurrent compare-and-set writes both win.
 */
const OLDEST_NATS_SERVER = "2.10.0";

export type VersionCheck =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly message: string };

/** Judges a version as a server states it (`2.10.27`, `v2.11.0-RC.1`). `who` names the server in the message. */
export function checkServerVersion(version: string, who: string): VersionCheck {
  const numbers = numbersOf(version);
  const oldest = numbersOf(OLDEST_NATS_SERVER);
  if (numbers === undefined || oldest === undefined) {
    return { ok: false, message: `${who} states the version "${version}", which is not one` };
  }
  const [major, minor] = numbers;
  const [oldestMajor, oldestMinor] = oldest;
  const old = major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
  if (old) {
    return {
      ok: false,
      message: `${who} is nats-server ${version}; Seawall needs ${OLDEST_NATS_SERVER} or newer (Debian 13 has 2.10, whose package also runs on Debian 12)`,
    };
  }
  return { ok: true, version: version.replace(/^v/, "") };
}

/** Asks the program at `path` for its version. */
export async function checkServerProgram(path: string): Promise<VersionCheck> {
  let output: string;
  try {
    output = (await promisify(execFile)(path, ["--version"], { timeout: 10_000 })).stdout;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      message: `cannot run ${path}: ${reason}. Install nats-server ${OLDEST_NATS_SERVER} or newer, or name it with --nats-server`,
    };
  }
  return checkServerVersion(output.trim().replace(/^nats-server: /, ""), path);
}

function numbersOf(version: string): readonly [number, number] | undefined {
  const match = /^v?(\d+)\.(\d+)\.\d+/.exec(version);
  if (match === null) return undefined;
  return [Number(match[1]), Number(match[2])];
}
