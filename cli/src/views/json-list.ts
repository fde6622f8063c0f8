/** As `get -o json` writes several documents. */
export function jsonList(kind: string, items: readonly object[]): string {
  return JSON.stringify({ apiVersion: "seawall/v1", kind, items }, undefined, 2);
}
