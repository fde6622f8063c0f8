import { hasRole, type Role } from "@seawall/policy";
import type { User } from "../identity/user.ts";
import { type AuthenticatedCall, peerOf } from "./authenticate.ts";
import { RequestRefused } from "./request-refused.ts";
import { type ClientCall, type RequiredRole, requiredRoles } from "./required-roles.ts";

export interface Users {
  /** Undefined: there is none, or it was revoked. Read for every call, never from a stale copy. */
  find(name: string): Promise<User | undefined>;
}

/** Who is calling, and what he may do. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
}

/** The caller, when his role is enough for this call. @throws RequestRefused */
export async function authorize(
  name: ClientCall,
  call: AuthenticatedCall & { readonly request: unknown },
  users: Users,
): Promise<Caller> {
  const peer = peerOf(call);
  const user = peer === undefined ? undefined : await users.find(peer.name);
  if (peer === undefined || user?.keyFingerprint !== peer.keyFingerprint) {
    throw new RequestRefused("Revoked", `user ${peer?.name ?? ""} is not known with this key`);
  }
  const needed = neededRole(name, call.request);
  if (!hasRole(user.role, needed)) {
    throw new RequestRefused(
      "Forbidden",
      `${name} needs the role ${needed}, and ${user.name} is ${user.role}`,
    );
  }
  return { name: user.name, role: user.role };
}

/** What this call of it takes. */
export function neededRole(name: ClientCall, request: unknown): Role {
  const { role, dryRun }: RequiredRole = requiredRoles[name];
  const isDry =
    typeof request === "object" &&
    request !== null &&
    "dryRun" in request &&
    request.dryRun === true;
  return isDry ? (dryRun ?? role) : role;
}
