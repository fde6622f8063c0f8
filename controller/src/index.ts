export { authenticate, type HostKeys, peerOf } from "./api/authenticate.ts";
export { type Listener, listenForJoins, listenForPeers } from "./api/grpc-server.ts";
export { createJoinService, type JoinServiceOptions } from "./api/join-service.ts";
export { renew, type RenewOptions } from "./api/renew.ts";
export { Authority, type AuthorityRecord, type KeyAndCertificate } from "./identity/authority.ts";
export {
  type ControllerIdentity,
  createControllerIdentity,
  loadControllerIdentity,
} from "./identity/controller-identity.ts";
export { type EnrolledHosts, type JoinTokens } from "./identity/enrol.ts";
export { type EnrolledHost, enrolledHost } from "./identity/enrolled-host.ts";
export { type JoinTokenRecord, joinTokenRecord, makeJoinToken } from "./identity/join-token.ts";
export { StateDirectory } from "./identity/state-directory.ts";
