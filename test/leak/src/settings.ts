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
  { name: "28.5 behind firewalld", engine: "28.5", host: { firewalld: true } },
];

/** With it everything happens once in `npm test`: it leaves DOCKER-USER out whenever it starts. */
const quick: readonly string[] = ["28.5", "28.5 behind firewalld"];

/** `npm run test:leak` tries every engine with all streams at a time; `npm test` one, mostly with half of them. */
export const isWhole = process.env["SEAWALL_LEAK"] === "all";

export const settings = isWhole ? all : all.filter(({ name }) => quick.includes(name));
