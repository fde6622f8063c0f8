import { readFile } from "node:fs/promises";
import { CommandFailure, exitCodes } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

const LONGEST = 4096;

/** A token is never an argument: those can be read by everybody on the machine. */
export async function readToken(path: string, stdin: Terminal["stdin"]): Promise<string> {
  const token = (path === "-" ? await readLine(stdin) : await readText(path)).trim();
  if (token === "" || /\s/.test(token) || token.length > LONGEST) {
    throw failure(`${path}: does not hold one token, as seawall token create prints it`);
  }
  return token;
}

async function readLine(stdin: Terminal["stdin"]): Promise<string> {
  let text = "";
  for await (const chunk of stdin) {
    text += Buffer.from(chunk).toString("utf8");
    if (text.includes("\n") || text.length > LONGEST) break;
  }
  return text.split("\n")[0] ?? "";
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw failure(`${path}: ${error.message}`);
  }
}

function failure(message: string): CommandFailure {
  return new CommandFailure(exitCodes.error, `Error: ${message}`);
}
