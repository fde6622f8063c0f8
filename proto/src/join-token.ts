/** What `seawall token create` prints and `seawall agent join` reads. The secret is for the controller behind this CA only. */
export interface JoinTokenText {
  /** Lower-case hex sha256 of the CA certificate's DER. */
  readonly caFingerprint: string;
  readonly id: string;
  readonly secret: string;
}

export type ParsedJoinToken =
  | { readonly ok: true; readonly token: JoinTokenText }
  | { readonly ok: false; readonly message: string };

const PREFIX = "SW1";
const FINGERPRINT_BYTES = 32;
const ID = /^[0-9a-f]{16}$/;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** `SW1.<sha256 of the CA, base64url>.<id>.<secret>` */
export function formatJoinToken(token: JoinTokenText): string {
  const fingerprint = Buffer.from(token.caFingerprint, "hex").toString("base64url");
  return [PREFIX, fingerprint, token.id, token.secret].join(".");
}

/** The messages never repeat any part of the text: it may hold a secret. */
export function parseJoinToken(text: string): ParsedJoinToken {
  const [prefix, fingerprint = "", id = "", secret = "", ...rest] = text.trim().split(".");
  if (prefix !== PREFIX) {
    return refused(
      `not a join token: it does not begin with ${PREFIX}.; print a new one with \`seawall token create\``,
    );
  }
  if (rest.length > 0 || secret === "") {
    return refused("a join token has four parts separated by dots; was it copied in full?");
  }
  const caFingerprint = Buffer.from(fingerprint, "base64url");
  if (
    caFingerprint.length !== FINGERPRINT_BYTES ||
    caFingerprint.toString("base64url") !== fingerprint
  ) {
    return refused(
      "the second part of the join token is not a CA fingerprint; was it copied in full?",
    );
  }
  if (!isTokenId(id)) {
    return refused("the third part of the join token is not a token id; was it copied in full?");
  }
  if (!SECRET.test(secret)) {
    return refused(
      "the last part of the join token has the wrong length or characters; was it copied in full?",
    );
  }
  return { ok: true, token: { caFingerprint: caFingerprint.toString("hex"), id, secret } };
}

/** The part that names the token, and is no secret. */
export function isTokenId(text: string): boolean {
  return ID.test(text);
}

function refused(message: string): ParsedJoinToken {
  return { ok: false, message };
}
