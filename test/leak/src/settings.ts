import type { Engine, HostOptions } from "@seawall/lab";

/** What packets are sent at. */
export interface Setting {
  readonly name: string;
  readonly engine: Engine;
  readonly host?: Omit<HostOptions, "name">;
}

/**
 * Each engine as it comes, with docker-proxy; and the newest without it and with live-restore, where
 * containers go on being reachable while Docker is away and sets itself up.
 */
const all: readonly Setting[] = [
  { name: "20.10", engine: "20.10" },
  { name: "26.1", engine: "26.1" },
  { name: "28.5", engine: "28.5" },
  {
    name: "28.5 with live-restore",
    engine: "28.5",
    host: { userlandProxy: false, dockerdArgs: ["--live-restore"] },
  },
];

/** `npm run test:leak` tries everything everywhere; `npm test` a part of it with one engine. */
export const isWhole = process.env["SEAWALL_LEAK"] === "all";

export const settings = isWhole ? all : all.filter(({ engine }) => engine === "20.10");
