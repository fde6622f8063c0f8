import { createPublicKey, type KeyObject } from "node:crypto";
import { hasRole, isRole } from "@seawall/policy";
import {
  type CreateUserRequest__Output,
  type CreateUserResponse,
  isHostName,
  type ListUsersResponse,
  type RevokeUserResponse,
  type WhoAmIResponse,
} from "@seawall/proto";
import type { IssuedCertificate } from "../identity/authority.ts";
import { keyFingerprint } from "../identity/key-fingerprint.ts";
import type { User } from "../identity/user.ts";
import type { Caller } from "./authorize.ts";
import { RequestRefused } from "./request-refused.ts";
import { requiredRoles } from "./required-roles.ts";

export interface UserDirectory {
  find(name: string): Promise<User | undefined>;
  list(): Promise<readonly User[]>;
  /** False when the name is taken. */
  create(user: User): Promise<boolean>;
  /** False when there is none, or somebody has changed it at the same time. */
  delete(name: string): Promise<boolean>;
  issueCertificate(name: string, publicKeySpki: Buffer): Promise<IssuedCertificate>;
  readonly now: () => Date;
}

/** Makes a user with a key of his own; only its public half is known here. */
export async function createUser(
  request: CreateUserRequest__Output,
  caller: Caller,
  users: UserDirectory,
): Promise<CreateUserResponse> {
  const { name, role } = request;
  if (!isHostName(name)) {
    const rule = '1 to 63 letters, digits, "_" and "-"';
    throw new RequestRefused("InvalidRequest", `"${name}" cannot name a user: ${rule}`);
  }
  if (!isRole(role)) throw new RequestRefused("InvalidRequest", `there is no role "${role}"`);
  const key = publicKey(request.publicKeySpki);
  const issued = await users.issueCertificate(name, request.publicKeySpki);
  const user: User = {
    ...{ name, role, keyFingerprint: keyFingerprint(key), createdBy: caller.name },
    createdAt: users.now().toISOString(),
  };
  if (!(await users.create(user))) {
    throw new RequestRefused("Conflict", `there is a user ${name} already; revoke it first`);
  }
  return { certificatePem: issued.chainPem, expiresMs: issued.notAfter.getTime() };
}

/**
 * From here on the user's next call is refused, and the open ones end.
 * @param tell called once that is so, whatever goes wrong afterwards
 */
export async function revokeUser(
  { name }: { readonly name: string },
  users: UserDirectory,
  tell: (user: User) => Promise<void>,
): Promise<RevokeUserResponse> {
  const all = await users.list();
  const user = all.find((one) => one.name === name);
  if (user === undefined) throw new RequestRefused("NotFound", `user "${name}" not found`);
  const isAdmin = ({ role }: User) => role === "guardrail-admin";
  const isLast = new RequestRefused(
    "Conflict",
    `${name} is the last guardrail-admin: nobody could make another one`,
  );
  if (isAdmin(user) && all.filter(isAdmin).length === 1) throw isLast;
  if (!(await users.delete(name))) {
    throw new RequestRefused("Conflict", `user ${name} was changed at the same time; try again`);
  }
  let isBack = false;
  try {
    // The other one may have been revoked meanwhile.
    if (isAdmin(user) && !(await users.list()).some(isAdmin)) {
      isBack = await users.create(user);
      throw isLast;
    }
  } finally {
    if (!isBack) await tell(user);
  }
  return {};
}

export async function listUsers(users: UserDirectory): Promise<ListUsersResponse> {
  const all = await users.list();
  return {
    users: all.map(({ name, role, createdBy, createdAt }) => ({
      ...{ name, role, createdBy },
      createdMs: Date.parse(createdAt),
    })),
  };
}

export function whoAmI({ name, role }: Caller): WhoAmIResponse {
  const calls = Object.entries(requiredRoles).filter(([, needed]) => hasRole(role, needed.role));
  return { name, role, mayCall: calls.map(([call]) => call) };
}

function publicKey(spki: Buffer): KeyObject {
  const refused = new RequestRefused(
    "InvalidRequest",
    "the key of the user is not EC P-256, as SPKI",
  );
  let key: KeyObject;
  try {
    key = createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    throw refused;
  }
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw refused;
  return key;
}
