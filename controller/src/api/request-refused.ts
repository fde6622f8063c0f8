/** A request that is refused as a whole; what is wrong inside of manifests are issues instead. */
export class RequestRefused extends Error {
  override name = "RequestRefused";
  readonly reason:
    | "StaleRevision"
    | "NotFound"
    | "InvalidRequest"
    | "Conflict"
    /** It is done and not in force everywhere yet: the same request again tells when it is. */
    | "NotInForce"
    /** The caller's role is not enough. */
    | "Forbidden"
    /** The caller is not known, or not any more. */
    | "Revoked";

  constructor(reason: RequestRefused["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}
