import { readFileSync } from "node:fs";
import { uptime } from "node:os";
import { setTimeout as timeout } from "node:timers/promises";
import type { Clock } from "../ports.ts";

/** Another one after every boot. */
export const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

export const systemClock: Clock = {
  now: () => Date.now(),
  // CLOCK_BOOTTIME, in steps of 10 ms.
  moment: () => ({ boot: bootId, ms: Math.round(uptime() * 1_000) }),
  random: () => Math.random(),
  async sleep(ms, signal) {
    try {
      await timeout(ms, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};
