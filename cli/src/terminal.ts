import { styleText } from "node:util";

/** Everything a command may touch of the outside, so that a test can stand in for it. */
export interface Terminal {
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Data only. */
  readonly stdout: TextOutput;
  /** Words, warnings, progress. */
  readonly stderr: TextOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}

export interface TextOutput {
  readonly isTTY: boolean;
  /** Of the terminal, as it is at this moment. */
  size(): Size;
  write(text: string): void;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export type Tone = "good" | "bad" | "warn" | "dim";

/** Colours a word, or leaves it: what is said is in the word, never in the colour. */
export type Paint = (tone: Tone, text: string) => string;

const formats = { good: "green", bad: "red", warn: "yellow", dim: "dim" } as const;

export const plain: Paint = (_tone, text) => text;

const coloured: Paint = (tone, text) => styleText(formats[tone], text, { validateStream: false });

export function paintFor(output: TextOutput, env: Terminal["env"]): Paint {
  const forced = env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0";
  const wanted = output.isTTY && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  return forced || wanted ? coloured : plain;
}

/** False: print ASCII only. */
export function isUtf8(env: Terminal["env"]): boolean {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find(
    (value) => (value ?? "") !== "",
  );
  return /utf-?8/i.test(locale ?? "");
}
