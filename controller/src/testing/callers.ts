import type { Caller } from "../api/authorize.ts";

export const admin: Caller = { name: "admin", role: "guardrail-admin" };
export const viewer: Caller = { name: "vera", role: "viewer" };
export const operator: Caller = { name: "oscar", role: "operator" };
