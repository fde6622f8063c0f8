import { isHostName } from "./host-name.ts";

/** Whom a client certificate names. */
export type Identity =
  | { readonly kind: "host"; readonly name: string }
  | { readonly kind: "user"; readonly name: string };

const URI = /^seawall:\/\/(host|user)\/([^/]+)$/;

/** The one URI in a client certificate's subject alternative names. */
export function identityUri(identity: Identity): string {
  return `seawall://${identity.kind}/${identity.name}`;
}

/** Users are named by the same rule as hosts. */
export function parseIdentityUri(uri: string): Identity | undefined {
  const [, kind, name] = URI.exec(uri) ?? [];
  if (name === undefined || !isHostName(name)) {
    return undefined;
  }
  return { kind: kind === "host" ? "host" : "user", name };
}
