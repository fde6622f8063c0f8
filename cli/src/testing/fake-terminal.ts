import { run } from "../run.ts";
import type { Size, Terminal } from "../terminal.ts";
import { emptyHome } from "./empty-home.ts";

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Setting {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly homeDirectory?: string;
  readonly now?: () => number;
  readonly interrupted?: AbortSignal;
  /** Whether stdout is a terminal; it is not. */
  readonly isTTY?: boolean;
  /** Of that terminal, whenever it is asked; 80 columns and 24 rows. */
  readonly size?: () => Size;
  /** Sees each word to stderr as it comes. */
  readonly onStderr?: (text: string) => void;
}

/** Runs a command line as a shell would: what it printed where, and how it ended. */
export async function runSeawall(argv: readonly string[], setting: Setting = {}): Promise<Ended> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    stdin: bytesOf(setting.stdin ?? ""),
    stdout: {
      ...collector(out),
      isTTY: setting.isTTY ?? false,
      ...(setting.size && { size: setting.size }),
    },
    stderr: collector(err, setting.onStderr),
    env: { LANG: "C.UTF-8", ...setting.env },
    homeDirectory: setting.homeDirectory ?? emptyHome(),
    now: setting.now ?? Date.now,
    interrupted: setting.interrupted ?? new AbortController().signal,
  };
  const exitCode = await run(argv, terminal);
  return { exitCode, stdout: out.join(""), stderr: err.join("") };
}

function collector(parts: string[], onText: (text: string) => void = () => undefined) {
  return {
    isTTY: false,
    size: () => ({ columns: 80, rows: 24 }),
    write: (text: string) => {
      parts.push(text);
      onText(text);
    },
  };
}

async function* bytesOf(text: string): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}
