import type { AgentState, Condition } from "./status.ts";

/** One thing that is to be said of the host, and the state that it is in for it. */
export type Finding = Omit<Condition, "sinceMs"> & { readonly state: AgentState };
