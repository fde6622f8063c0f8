import type { Watched } from "./watch.ts";

interface Figures {
  readonly happening: string;
  readonly setting: string;
  readonly guarded?: Watched;
  readonly unguarded?: Watched;
}

/** What was seen, for docs/guarantees.md: one line for each happening in each setting. */
export interface FigureTable {
  add(happening: string, setting: string, guards: "guarded" | "unguarded", seen: Watched): void;
  /** As a table of Markdown. */
  print(): string;
}

/** `say` gets a line for each figure at once: all of them take a quarter of an hour, and may be cut short. */
export function createFigureTable(say: (line: string) => void): FigureTable {
  const rows = new Map<string, Figures>();
  return {
    add: (happening, setting, guards, seen) => {
      const key = JSON.stringify([happening, setting]);
      rows.set(key, { ...(rows.get(key) ?? { happening, setting }), [guards]: seen });
      const { sent, through } = totals(seen);
      const repair = seen.repairMs === undefined ? "" : `, repaired in ${String(seen.repairMs)} ms`;
      say(
        `Docker ${setting}, ${guards}, ${happening}: ${String(through)} of ${String(sent)} through${repair}`,
      );
    },
    print: () => {
      const ordered = [...rows.values()].toSorted((a, b) => a.happening.localeCompare(b.happening));
      return [header, header.map(() => "---"), ...ordered.map(cells)]
        .map((row) => `| ${row.join(" | ")} |`)
        .join("\n");
    },
  };
}

const header = [
  "What happens",
  "Docker",
  "Sent",
  "Slowest, UDP and TCP",
  "Through",
  "Through, guards off",
  "Repaired in",
];

function cells({ happening, setting, guarded, unguarded }: Figures): readonly string[] {
  const { repairMs } = guarded ?? {};
  return [
    happening,
    setting,
    guarded === undefined ? "–" : String(totals(guarded).sent),
    guarded === undefined ? "–" : slowest(guarded),
    guarded === undefined ? "–" : String(totals(guarded).through),
    unguarded === undefined
      ? "–"
      : `${String(totals(unguarded).through)} of ${String(totals(unguarded).sent)}`,
    repairMs === undefined ? "–" : `${String(repairMs)} ms`,
  ];
}

/** What the slowest streams of both kinds sent in a second. */
function slowest({ streams }: Watched): string {
  const rateOf = (protocol: string): number =>
    Math.min(...streams.filter(({ name }) => name.startsWith(protocol)).map(({ rate }) => rate));
  return `${String(rateOf("udp"))}/s, ${String(rateOf("tcp"))}/s`;
}

/** Of all streams. */
export function totals({ streams }: Watched): { readonly sent: number; readonly through: number } {
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  return {
    sent: sum(streams.map(({ sent }) => sent)),
    through: sum(streams.map(({ through }) => through)),
  };
}
