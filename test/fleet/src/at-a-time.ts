/** Does it for each of them, and begins in their order, but for no more than so many at a time. */
export async function atATime<T>(
  most: number,
  items: readonly T[],
  action: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const doRest = async (): Promise<void> => {
    for (const item of waiting) await action(item);
  };
  await Promise.all(Array.from({ length: most }, doRest));
}
