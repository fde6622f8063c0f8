import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailure, exitCodes } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

export interface ManifestFile {
  /** As the person named it. */
  readonly name: string;
  readonly content: string;
}

const MAX_FILE_BYTES = 1 << 20;
const extension = /\.(ya?ml|json)$/;

/**
 * Reads what `-f` names, in the order given; a directory stands for the manifests
 * in it (not below it) by name, `-` for standard input.
 * @throws CommandFailure for what cannot be read, is too large, is not UTF-8, or holds no manifest.
 */
export async function readManifests(
  paths: readonly string[],
  stdin: Terminal["stdin"],
): Promise<readonly ManifestFile[]> {
  const files: ManifestFile[] = [];
  for (const path of paths) {
    if (path === "-") {
      files.push({ name: "-", content: decode("-", await readAll(stdin)) });
      continue;
    }
    for (const file of await expand(path)) files.push(await read(file));
  }
  return files;
}

async function expand(path: string): Promise<readonly string[]> {
  const info = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (!info.isDirectory()) return [path];
  const names = (await readdir(path)).filter(
    (name) => extension.test(name) && !name.startsWith("."),
  );
  if (names.length === 0) {
    throw failure(`${path}: no .yaml, .yml or .json file in this directory`);
  }
  return names.sort().map((name) => join(path, name));
}

async function read(path: string): Promise<ManifestFile> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  return { name: path, content: decode(path, bytes) };
}

async function readAll(stdin: Terminal["stdin"]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    size += chunk.byteLength;
    if (size > MAX_FILE_BYTES) break;
    chunks.push(chunk);
  }
  if (size > MAX_FILE_BYTES) throw tooLarge("-");
  return Buffer.concat(chunks);
}

function decode(path: string, bytes: Uint8Array): string {
  if (bytes.byteLength > MAX_FILE_BYTES) throw tooLarge(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw failure(`${path}: not UTF-8 text`);
  }
}

function tooLarge(path: string): CommandFailure {
  return failure(`${path}: larger than 1 MiB. Split it into several files.`);
}

function unreadable(path: string, error: unknown): CommandFailure {
  if (!(error instanceof Error && "code" in error)) throw error;
  const words = error.code === "ENOENT" ? "no such file or directory" : error.message;
  return failure(`${path}: ${words}`);
}

function failure(message: string): CommandFailure {
  return new CommandFailure(exitCodes.error, `Error: ${message}`);
}
