import { formatAddress, parseAddress } from "./cidr.ts";
import type { HostView } from "./host-view.ts";
import type { ResolvedManagement } from "./resolved-state.ts";

/** Each address and port once, in an order that depends on nothing else. */
export function resolveManagement({ management }: HostView): readonly ResolvedManagement[] {
  const found = new Map<string, ResolvedManagement>();
  for (const { address: text, port, container } of management) {
    const parsed = parseAddress(text);
    if (!parsed.ok) continue;
    const { address } = parsed;
    found.set(`${formatAddress(address)} ${String(port)}`, { address, port, container });
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
