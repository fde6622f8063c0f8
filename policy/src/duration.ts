const seconds: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** "90s", "30m", "1h30m", "7d" in milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,9}[smhd])+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit = ""] of text.matchAll(/(\d+)([smhd])/g)) {
    sum += Number(count) * (seconds[unit] ?? 0);
  }
  return sum * 1000;
}
