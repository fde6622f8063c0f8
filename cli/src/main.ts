import { homedir } from "node:os";
import { addAbortSignal } from "node:stream";
import { run } from "./run.ts";
import type { TextOutput } from "./terminal.ts";

const interruption = new AbortController();
process.once("SIGINT", () => {
  interruption.abort();
});
process.once("SIGTERM", () => {
  interruption.abort();
});
// The terminal is gone: whoever holds something open must not just end.
process.once("SIGHUP", () => {
  interruption.abort();
});

process.exitCode = await run(process.argv.slice(2), {
  stdin: bytesOf(process.stdin),
  stdout: textOutput(process.stdout, () => {
    interruption.abort();
  }),
  stderr: textOutput(process.stderr),
  env: process.env,
  homeDirectory: homedir(),
  now: Date.now,
  interrupted: interruption.signal,
});

/** Ends with Ctrl-C; nothing is touched before somebody reads. */
async function* bytesOf(stream: NodeJS.ReadStream): AsyncIterable<Uint8Array> {
  yield* addAbortSignal(interruption.signal, stream);
}

function textOutput(stream: NodeJS.WriteStream, onUnread = () => {}): TextOutput {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // `seawall get hosts | head -1`: the reader has what it wanted.
    if (error.code !== "EPIPE") throw error;
    onUnread();
  });
  return {
    isTTY: stream.isTTY,
    // Of what is no terminal it is not known, and some terminals say 0.
    size: () => ({ columns: stream.columns || 80, rows: stream.rows || 24 }),
    write: (text) => {
      stream.write(text);
    },
  };
}
