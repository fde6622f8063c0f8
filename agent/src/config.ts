import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { parseDuration } from "@seawall/policy";
import { parse as parseYaml } from "yaml";
import { z } from "zod";

const fileSchema = z.strictObject({
  stateDirectory: z.string().optional(),
  dockerSocket: z.string().optional(),
  confirmTimeout: z.string().optional(),
});

export interface AgentConfig {
  /** Key, certificate and last good bundle; 0700. */
  readonly stateDirectory: string;
  /** Docker's socket, or a read-only proxy of it. */
  readonly dockerSocket: string;
  /** How long a new bundle may take to be confirmed before it is taken back. */
  readonly confirmTimeoutMs: number;
}

export interface AgentConfigSources {
  readonly flags: { readonly stateDirectory?: string | undefined };
  readonly configFile: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The configuration is wrong; the message says where. */
export class AgentConfigError extends Error {
  override name = "AgentConfigError";
}

/** Flag over environment over file over default. @throws AgentConfigError */
export function loadAgentConfig({
  flags,
  environment,
  configFile,
}: AgentConfigSources): AgentConfig {
  const file = fromFile(configFile);
  return {
    stateDirectory:
      flags.stateDirectory ??
      environment["SEAWALL_STATE_DIRECTORY"] ??
      file.stateDirectory ??
      "/var/lib/seawall/agent",
    dockerSocket: dockerSocketOf(
      environment["SEAWALL_DOCKER_SOCKET"] ?? file.dockerSocket ?? "/var/run/docker.sock",
    ),
    confirmTimeoutMs: confirmTimeoutOf(
      environment["SEAWALL_CONFIRM_TIMEOUT"] ?? file.confirmTimeout ?? "30s",
    ),
  };
}

/** Where it is empty, Docker's client would ask at port 80 of this host instead. */
function dockerSocketOf(path: string): string {
  if (isAbsolute(path)) return path;
  throw new AgentConfigError(
    `dockerSocket: ${JSON.stringify(path)} is no absolute path: write it like /var/run/docker.sock`,
  );
}

/** Shorter ones would take back what only was slow, longer ones leave a host cut off. */
const confirmTimeout = { leastMs: 1_000, mostMs: 3_600_000 } as const;

function confirmTimeoutOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < confirmTimeout.leastMs || ms > confirmTimeout.mostMs) {
    throw new AgentConfigError(
      `confirmTimeout: ${JSON.stringify(text)} is not a time from 1s to 1h: write it like 30s or 2m`,
    );
  }
  return ms;
}

function fromFile(path: string): z.infer<typeof fileSchema> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
  const parsed = fileSchema.safeParse(parseYaml(text) ?? {});
  if (!parsed.success) {
    throw new AgentConfigError(
      `${path}: ${parsed.error.issues.map(({ path: at, message }) => `${at.join(".")}: ${message}`).join("; ")}`,
    );
  }
  return parsed.data;
}
