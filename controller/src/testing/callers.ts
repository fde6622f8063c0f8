import type { Caller } from "../api/authorize.ts";

export const admin: Caller = { name: "admin", role: "guardrail-admin" };
export const operator: Caller = { name: "oscar", role: "operator" };
