export const hostModes = ["Enforce", "Audit"] as const;

/** Whether a host's policies drop anything, or only count what they would drop. */
export type HostMode = (typeof hostModes)[number];

export function isHostMode(text: string): text is HostMode {
  return hostModes.some((mode) => mode === text);
}
