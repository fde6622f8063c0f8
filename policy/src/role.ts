/** What people and tools may do. Each role may do what the ones before it may. */
export const roles = ["viewer", "operator", "guardrail-admin"] as const;
export type Role = (typeof roles)[number];

export function hasRole(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

export function isRole(text: string): text is Role {
  return roles.some((role) => role === text);
}
