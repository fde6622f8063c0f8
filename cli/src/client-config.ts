import { randomBytes } from "node:crypto";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { CommandFailure, exitCodes } from "./exit-code.ts";

const contextSchema = z.strictObject({
  name: z.string().min(1),
  /** host:port */
  controller: z.string().regex(/^.+:\d{1,5}$/, "write it as host:port"),
  /** PEM, or the path of a PEM file, from the configuration file's directory. */
  ca: z.string().min(1),
  certificate: z.string().min(1),
  key: z.string().min(1),
});

const configSchema = z.strictObject({
  currentContext: z.string().optional(),
  contexts: z.array(contextSchema),
});

/** How one controller is reached, and as whom. */
export type ClientContext = Readonly<z.infer<typeof contextSchema>>;

export interface ClientConfig {
  readonly currentContext?: string | undefined;
  readonly contexts: readonly ClientContext[];
}

/** Of the client's own settings: SEAWALL_CONFIG, else ~/.config/seawall/config.yaml. */
export function clientConfigPath(
  env: Readonly<Record<string, string | undefined>>,
  homeDirectory: string,
): string {
  return env["SEAWALL_CONFIG"] ?? join(homeDirectory, ".config", "seawall", "config.yaml");
}

/**
 * Undefined when there is no such file.
 * @throws CommandFailure when others may read it (it holds a private key), or it is not what it should be.
 */
export async function readClientConfig(path: string): Promise<ClientConfig | undefined> {
  const text = await readPrivate(path);
  if (text === undefined) return undefined;
  const parsed = configSchema.safeParse(parseYaml(path, text));
  if (!parsed.success) {
    throw failure(`${path}: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

function parseYaml(path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw failure(`${path}: ${error.message}`);
  }
}

/** Replaces the file as a whole, 0600 from its first byte on. */
export async function writeClientConfig(path: string, config: ClientConfig): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(stringify(config, { lineWidth: 0 }));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/**
 * Makes an empty file, 0600, for a configuration to come.
 * @throws CommandFailure when there is something already: nothing is overwritten.
 */
export async function reserveClientConfig(path: string): Promise<void> {
  try {
    await (await open(path, "wx", 0o600)).close();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw failure(`${path} cannot be made: ${error.message}`);
  }
}

/** With `context` in it, in the place of one of the same name, and current. */
export function withContext(
  config: ClientConfig | undefined,
  context: ClientContext,
): ClientConfig {
  const others = (config?.contexts ?? []).filter(({ name }) => name !== context.name);
  return { currentContext: context.name, contexts: [...others, context] };
}

/** Contents instead of paths. */
export async function loadCredentials(path: string, context: ClientContext) {
  const pem = async (value: string, secret: boolean) => {
    if (value.includes("-----BEGIN ")) return value;
    const file = resolve(dirname(path), value);
    const text = secret ? await readPrivate(file) : await readIfThere(file);
    if (text === undefined)
      throw failure(`${path}: context "${context.name}": ${file} is not there`);
    return text;
  };
  return {
    ca: await pem(context.ca, false),
    certificate: await pem(context.certificate, false),
    key: await pem(context.key, true),
  };
}

async function readPrivate(path: string): Promise<string | undefined> {
  const read = await readIfThere(path, (mode) => {
    if ((mode & 0o077) === 0) return;
    const octal = (mode & 0o777).toString(8).padStart(4, "0");
    throw failure(
      `${path} holds a private key and is open to others (${octal}).\nRun: chmod 600 ${path}`,
    );
  });
  return read;
}

async function readIfThere(
  path: string,
  checkMode: (mode: number) => void = () => undefined,
): Promise<string | undefined> {
  try {
    const file = await open(path, "r");
    try {
      checkMode((await file.stat()).mode);
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof CommandFailure || !(error instanceof Error && "code" in error))
      throw error;
    if (error.code === "ENOENT") return undefined;
    throw failure(`${path}: ${error.message}`);
  }
}

function failure(message: string): CommandFailure {
  return new CommandFailure(exitCodes.error, `Error: ${message}`);
}
