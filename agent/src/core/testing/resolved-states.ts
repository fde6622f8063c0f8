import { auditStates } from "./audit-states.ts";
import { listStates } from "./list-states.ts";
import { placeStates } from "./place-states.ts";

/** Named states for tests: golden files, walks from one to another, and the real iptables. */
export const resolvedStates = { ...listStates, ...placeStates, ...auditStates } as const;

export type StateName = keyof typeof resolvedStates;

export const stateNames = Object.keys(resolvedStates) as readonly StateName[];
