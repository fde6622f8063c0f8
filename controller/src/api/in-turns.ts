/** Each lists all of its connections, and computing what changes takes the controller's time. */
const MOST_AT_ONCE = 32;

/** Does it with each, not with all of them at once, until nobody waits for it any more. */
export async function inTurns<T>(
  items: readonly T[],
  over: AbortSignal,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) {
      if (over.aborted) return;
      await action(item);
    }
  };
  await Promise.all(Array.from({ length: MOST_AT_ONCE }, worker));
}
