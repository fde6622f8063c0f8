import type { Role } from "@seawall/policy";

export interface RequiredRole {
  readonly role: Role;
  /** Where the request changes nothing: `dry_run`. */
  readonly dryRun?: Role;
}

/**
 * What each call of ClientService needs. Whatever changes the Guardrail part of a host needs
 * guardrail-admin besides, which only the change itself can tell: see guardrail-changes.ts.
 */
export const requiredRoles = {
  Apply: { role: "operator", dryRun: "viewer" },
  Preview: { role: "viewer" },
  Delete: { role: "operator", dryRun: "viewer" },
  Diff: { role: "viewer" },
  History: { role: "viewer" },
  Get: { role: "viewer" },
  Rollout: { role: "viewer" },
  ChangeRollout: { role: "operator" },
  Undo: { role: "operator", dryRun: "viewer" },
  Watch: { role: "viewer" },
  LabelHost: { role: "operator" },
  SetHost: { role: "operator" },
  DeleteHost: { role: "operator" },
  Compliance: { role: "viewer" },
  Trace: { role: "viewer" },
  Exposure: { role: "viewer" },
  Flows: { role: "viewer" },
  Events: { role: "viewer" },
  CreateToken: { role: "operator" },
  ListTokens: { role: "viewer" },
  RevokeToken: { role: "operator" },
  CreateUser: { role: "guardrail-admin" },
  RevokeUser: { role: "guardrail-admin" },
  ListUsers: { role: "viewer" },
  WhoAmI: { role: "viewer" },
  Version: { role: "viewer" },
} as const satisfies Readonly<Record<string, RequiredRole>>;

export type ClientCall = keyof typeof requiredRoles;
