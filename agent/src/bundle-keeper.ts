import type { Failure } from "./core/failure.ts";
import type { Bundle, DesiredSource, LastGood, OpenBundle, Refusal } from "./ports.ts";

/** The bundle to enforce, and why it is not the newest one, if so. */
export interface KeptBundle {
  readonly bundle?: Bundle;
  readonly refusal?: Refusal;
  readonly failure?: Failure;
}

export interface BundleKeeper {
  refresh(): Promise<KeptBundle>;
}

/**
 * Holds the last good bundle. At first that is the one on disk, verified again; a newer one from the
 * source replaces it only once it is on disk too, so that a restart cannot go back.
 */
export function createBundleKeeper(
  source: DesiredSource,
  lastGood: LastGood,
  openBundle: OpenBundle,
): BundleKeeper {
  let loaded = false;
  let current: Bundle | undefined;
  let damage: Refusal | undefined;

  const load = async (): Promise<void> => {
    const stored = await lastGood.read();
    if (stored.kind === "unreadable") {
      damage = { reason: "LastGoodDamaged", message: stored.message, unsupported: false };
    } else if (stored.kind === "stored") {
      const verdict = openBundle(stored.envelope);
      if (verdict.kind === "bundle") current = verdict.bundle;
      else damage = onDisk(verdict.refusal);
    }
    loaded = true;
  };

  const accept = async (bundle: Bundle): Promise<KeptBundle> => {
    if (current !== undefined && order(bundle, current) === 0) return { bundle: current };
    let result;
    try {
      result = await lastGood.store(bundle);
    } catch (error) {
      return { ...keeping(), failure: notWritable(error) };
    }
    if (result.kind === "older") return { ...keeping(), refusal: older(bundle) };
    current = bundle;
    damage = undefined;
    return { bundle };
  };

  const keeping = (): KeptBundle => ({
    ...(current === undefined ? {} : { bundle: current }),
    ...(damage === undefined ? {} : { refusal: damage }),
  });

  return {
    async refresh() {
      if (!loaded) await load();
      const latest = source.latest();
      switch (latest.kind) {
        case "none":
          return keeping();
        case "refused":
          return { ...keeping(), refusal: latest.refusal };
        case "bundle":
          return accept(latest.bundle);
      }
    },
  };
}

function order(a: Bundle, b: Bundle): number {
  return a.epoch - b.epoch || a.generation - b.generation;
}

function older({ epoch, generation }: Bundle): Refusal {
  return {
    reason: "OlderGeneration",
    message: `epoch ${epoch} generation ${generation} is older than the bundle in force`,
    unsupported: false,
  };
}

function onDisk({ reason, message, unsupported }: Refusal): Refusal {
  return { reason, message: `the bundle on disk: ${message}`, unsupported };
}

function notWritable(error: unknown): Failure {
  const said = error instanceof Error ? error.message : String(error);
  return {
    class: "wait",
    reason: "StateNotWritable",
    message: `a newer bundle cannot be kept on disk, so it is not applied: ${said}`,
  };
}
