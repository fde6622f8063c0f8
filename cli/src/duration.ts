const units = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
] as const;

/** As people read it: the largest unit, and the next one while it still says something: 42s, 5m, 3d4h, 412d. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds}s`;
  const first = units.findIndex(([, size]) => seconds >= size);
  const [name, size] = units[first] ?? ["s", 1];
  const whole = Math.floor(seconds / size);
  const [nextName, nextSize] = units[first + 1] ?? ["s", 1];
  const rest = Math.floor((seconds % size) / nextSize);
  return whole >= 10 || rest === 0 ? `${whole}${name}` : `${whole}${name}${rest}${nextName}`;
}

/** Since an RFC 3339 time; `-` when there is none. */
export function age(since: string | undefined, now: number): string {
  const time = Date.parse(since ?? "");
  return Number.isNaN(time) ? "-" : humanDuration(now - time);
}
