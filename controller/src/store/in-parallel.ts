const LIMIT = 64;

/** Calls `action` for every item, a bounded number at once. Fails with the first that fails. */
export async function inParallel<T>(
  items: Iterable<T>,
  action: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await action(next.value);
  };
  await Promise.all(Array.from({ length: LIMIT }, worker));
}
