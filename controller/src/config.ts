import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { parseDuration } from "@seawall/policy";
import { parse as parseYaml } from "yaml";
import { z } from "zod";

const port = z.number().int().min(1).max(65_535);

const fileSchema = z.strictObject({
  /** Where keys, certificates and the store live; 0700. */
  stateDirectory: z.string().optional(),
  /** Names and addresses under which hosts and people reach this controller; the first is put into tokens. */
  advertise: z.array(z.string()).optional(),
  listenAddress: z.string().optional(),
  grpcPort: port.optional(),
  joinPort: port.optional(),
  natsPort: port.optional(),
  /** The nats-server program, started and supervised by the controller. */
  natsServer: z.string().optional(),
  /** host:port of a nats-server that somebody else runs; then none is started. */
  natsUrl: z.string().optional(),
  /** How long events are kept: 90d. */
  eventsMaxAge: z.string().optional(),
  /** How many bytes of them; the oldest make way. */
  eventsMaxBytes: z.number().optional(),
});

export interface ControllerConfig {
  readonly stateDirectory: string;
  readonly advertise: readonly string[];
  readonly listenAddress: string;
  readonly grpcPort: number;
  readonly joinPort: number;
  readonly natsPort: number;
  readonly natsServer: string;
  readonly natsUrl: string | undefined;
  readonly eventsMaxAge: string;
  readonly eventsMaxBytes: number;
}

export type ControllerFlags = {
  readonly [key in keyof ControllerConfig]?: ControllerConfig[key] | undefined;
};

const DAY_MS = 86_400_000;
const MiB = 1024 ** 2;

const defaults: ControllerConfig = {
  stateDirectory: "/var/lib/seawall/controller",
  advertise: [],
  listenAddress: "0.0.0.0",
  grpcPort: 7443,
  joinPort: 7444,
  natsPort: 7422,
  natsServer: "nats-server",
  natsUrl: undefined,
  eventsMaxAge: "90d",
  eventsMaxBytes: 256 * MiB,
};

/** The configuration is wrong; the message says where and what to write instead. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/**
 * Flag over environment (SEAWALL_…) over file over default.
 * @throws ConfigError for a field that is unknown or out of range, and when nothing is advertised.
 */
export function loadControllerConfig(
  flags: ControllerFlags,
  environment: Readonly<Record<string, string | undefined>>,
  file: string,
): ControllerConfig {
  const merged = {
    ...defaults,
    ...fromFile(file),
    ...fromEnvironment(environment),
    ...present(flags),
  };
  if (merged.advertise.length === 0) {
    throw new ConfigError(
      `nothing is advertised: give --advertise with the name or address under which hosts reach this controller. \`seawall controller init\`, which comes first, writes it to ${file}`,
    );
  }
  const bad = merged.advertise.find(
    (name) => isIP(name) === 0 && !/^[A-Za-z0-9.-]{1,253}$/.test(name),
  );
  if (bad !== undefined) {
    throw new ConfigError(
      `advertise: "${bad}" is neither a host name nor an IP address (no port, no scheme)`,
    );
  }
  eventRetention(merged);
  return merged;
}

/**
 * How long events are kept, and how many bytes of them: with the store's own limits these have to fit into what
 * nats-server may use.
 * @throws ConfigError
 */
export function eventRetention({
  eventsMaxAge,
  eventsMaxBytes: maxBytes,
}: Pick<ControllerConfig, "eventsMaxAge" | "eventsMaxBytes">) {
  const maxAgeMs = parseDuration(eventsMaxAge) ?? 0;
  if (maxAgeMs < DAY_MS / 24 || maxAgeMs > 3_650 * DAY_MS) {
    throw new ConfigError(
      `eventsMaxAge: "${eventsMaxAge}" is not a time from 1h to 3650d: write it like 90d`,
    );
  }
  if (!Number.isInteger(maxBytes) || maxBytes < MiB || maxBytes > 1024 * MiB) {
    throw new ConfigError(
      `eventsMaxBytes: ${String(maxBytes)} is not a number of bytes from ${String(MiB)} to ${String(1024 * MiB)}`,
    );
  }
  return { maxAgeMs, maxBytes };
}

function fromFile(file: string) {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
  const parsed = fileSchema.safeParse(parseYaml(text) ?? {});
  if (!parsed.success) {
    throw new ConfigError(
      `${file}: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`,
    );
  }
  return present(parsed.data);
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>) {
  const number = (name: string) => {
    const text = environment[name];
    if (text === undefined) return undefined;
    const parsed = port.safeParse(Number(text));
    if (!parsed.success) throw new ConfigError(`${name}: "${text}" is not a port (1 to 65535)`);
    return parsed.data;
  };
  const bytes = environment["SEAWALL_EVENTS_MAX_BYTES"];
  return present({
    stateDirectory: environment["SEAWALL_STATE_DIRECTORY"],
    advertise: environment["SEAWALL_ADVERTISE"]?.split(",").map((name) => name.trim()),
    listenAddress: environment["SEAWALL_LISTEN_ADDRESS"],
    grpcPort: number("SEAWALL_GRPC_PORT"),
    joinPort: number("SEAWALL_JOIN_PORT"),
    natsPort: number("SEAWALL_NATS_PORT"),
    natsServer: environment["SEAWALL_NATS_SERVER"],
    natsUrl: environment["SEAWALL_NATS_URL"],
    eventsMaxAge: environment["SEAWALL_EVENTS_MAX_AGE"],
    eventsMaxBytes: bytes === undefined ? undefined : Number(bytes),
  });
}

type Present<T> = { [key in keyof T]?: Exclude<T[key], undefined> };

function present<T extends object>(value: T): Present<T> {
  const kept: Present<T> = {};
  for (const key in value) {
    const entry = value[key];
    if (entry !== undefined) kept[key] = entry as Exclude<T[typeof key], undefined>;
  }
  return kept;
}
