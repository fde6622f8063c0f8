/**
 * `now`, but every object in it that says the same as the one at its place in `before` is that one: whoever compares
 * objects sees at once what has not changed. For plain data: whatever is neither a list nor fields is compared by `===`.
 */
export function shared<T>(before: unknown, now: T): T {
  if (isSame(before, now)) return before;
  if (Array.isArray(now)) return Array.isArray(before) ? (sharedItems(before, now) as T) : now;
  if (!isFields(now) || !isFields(before)) return now;
  const fields = Object.keys(now).map((key) => [key, shared(before[key], now[key])]);
  return Object.fromEntries(fields) as T;
}

/** By their places, counted from the beginning or, behind what was put in or left out, from the end. */
function sharedItems(before: readonly unknown[], now: readonly unknown[]): readonly unknown[] {
  const moved = before.length - now.length;
  return now.map((item, index) => {
    const behind = before[index + moved];
    return isSame(behind, item) ? behind : shared(before[index], item);
  });
}

function isSame<T>(before: unknown, now: T): before is T {
  if (before === now) return true;
  if (Array.isArray(now)) {
    return (
      Array.isArray(before) &&
      before.length === now.length &&
      now.every((item, index) => isSame(before[index], item))
    );
  }
  if (!isFields(now) || !isFields(before)) return false;
  const keys = Object.keys(now);
  return (
    keys.length === Object.keys(before).length &&
    keys.every((key) => Object.hasOwn(before, key) && isSame(before[key], now[key]))
  );
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
