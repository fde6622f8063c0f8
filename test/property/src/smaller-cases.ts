import { type DrawnHost, drawnState, InvalidManifestError } from "./drawn-state.ts";
import type { KernelCase } from "./kernel-cases.ts";
import { differences } from "./kernel-differences.ts";
import type { KernelRouter } from "./kernel-router.ts";

/** A case with as little in it as is found by so many tries that still differs. */
export async function smallest(
  router: KernelRouter,
  found: KernelCase,
  tries: number,
): Promise<KernelCase> {
  let best = found;
  let candidates = smallerCases(best);
  for (let left = tries; left > 0; left -= 1) {
    const [next, ...others] = candidates;
    if (next === undefined) break;
    const isWrong = (await differences(router, next)).length > 0;
    if (isWrong) best = next;
    candidates = isWrong ? smallerCases(best) : others;
  }
  return best;
}

/** Packets first: fewer of them make every later try faster. */
function smallerCases(found: KernelCase): readonly KernelCase[] {
  const { host, packets } = found;
  return [
    ...(packets.length > 1 ? packets.map((packet) => ({ ...found, packets: [packet] })) : []),
    ...smallerHosts(host)
      .filter(isValid)
      .map((smaller) => ({ ...found, host: smaller })),
  ];
}

function isValid(host: DrawnHost): boolean {
  try {
    drawnState(host);
    return true;
  } catch (error) {
    if (error instanceof InvalidManifestError) return false;
    throw error;
  }
}

/** The host with one thing less: a policy, a direction, a rule, a condition of a rule, a container. */
function smallerHosts(host: DrawnHost): readonly DrawnHost[] {
  const { documents, view } = host;
  return [
    ...withoutOne(documents).map((fewer) => ({ ...host, documents: fewer })),
    ...withoutOne(view.containers).map((containers) => ({
      ...host,
      view: { ...view, containers },
    })),
    ...documents.flatMap((document, index) =>
      smallerValues(document).map((smaller) => ({
        ...host,
        documents: documents.with(index, smaller),
      })),
    ),
  ];
}

function withoutOne<T>(items: readonly T[]): readonly (readonly T[])[] {
  return items.map((_, index) => items.toSpliced(index, 1));
}

/** An object or a list without one of its parts, or with one of them smaller. */
function smallerValues(value: object): readonly object[] {
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    return [
      ...withoutOne(items).filter((fewer) => fewer.length > 0),
      ...items.flatMap((item, index) =>
        isObject(item) ? smallerValues(item).map((one) => items.with(index, one)) : [],
      ),
    ];
  }
  const entries = Object.entries(value);
  return [
    ...withoutOne(entries).map((fewer) => Object.fromEntries(fewer) as object),
    ...entries.flatMap(([key, part]) =>
      isObject(part) ? smallerValues(part).map((one) => ({ ...value, [key]: one })) : [],
    ),
  ];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
