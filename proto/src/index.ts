export {
  type DetachedSignature,
  type EnvelopeType,
  keyIdOf,
  type Opened,
  open,
  type Signer,
  seal,
  signDetached,
  type TrustedKeys,
  verifyDetached,
} from "./envelope.ts";
export type { AgentMessage, AgentMessage__Output } from "./gen/seawall/v1/AgentMessage.ts";
export type { AgentServiceClient, AgentServiceHandlers } from "./gen/seawall/v1/AgentService.ts";
export type { AnnounceRequest__Output } from "./gen/seawall/v1/AnnounceRequest.ts";
export type { AppliedCuts__Output } from "./gen/seawall/v1/AppliedCuts.ts";
export type { ApplyRequest, ApplyRequest__Output } from "./gen/seawall/v1/ApplyRequest.ts";
export type { ApplyResponse, ApplyResponse__Output } from "./gen/seawall/v1/ApplyResponse.ts";
export type {
  ChangeRolloutRequest,
  ChangeRolloutRequest__Output,
} from "./gen/seawall/v1/ChangeRolloutRequest.ts";
export type { ClientServiceClient, ClientServiceHandlers } from "./gen/seawall/v1/ClientService.ts";
export type {
  ComplianceRequest,
  ComplianceRequest__Output,
} from "./gen/seawall/v1/ComplianceRequest.ts";
export type { Condition, Condition__Output } from "./gen/seawall/v1/Condition.ts";
export type {
  ControllerMessage,
  ControllerMessage__Output,
} from "./gen/seawall/v1/ControllerMessage.ts";
export type {
  CreateTokenRequest,
  CreateTokenRequest__Output,
} from "./gen/seawall/v1/CreateTokenRequest.ts";
export type {
  CreateTokenResponse,
  CreateTokenResponse__Output,
} from "./gen/seawall/v1/CreateTokenResponse.ts";
export type {
  CreateUserRequest,
  CreateUserRequest__Output,
} from "./gen/seawall/v1/CreateUserRequest.ts";
export type {
  CreateUserResponse,
  CreateUserResponse__Output,
} from "./gen/seawall/v1/CreateUserResponse.ts";
export type { DeleteHostResponse } from "./gen/seawall/v1/DeleteHostResponse.ts";
export type { DeleteRequest, DeleteRequest__Output } from "./gen/seawall/v1/DeleteRequest.ts";
export type { DiffRequest, DiffRequest__Output } from "./gen/seawall/v1/DiffRequest.ts";
export type { DiffResponse, DiffResponse__Output } from "./gen/seawall/v1/DiffResponse.ts";
export type {
  DocumentResponse,
  DocumentResponse__Output,
} from "./gen/seawall/v1/DocumentResponse.ts";
export type { Drift, Drift__Output } from "./gen/seawall/v1/Drift.ts";
export type { EventsRequest, EventsRequest__Output } from "./gen/seawall/v1/EventsRequest.ts";
export type {
  EventsResponse,
  EventsResponse__Output,
} from "./gen/seawall/v1/EventsResponse.ts";
export type {
  ExposureRequest,
  ExposureRequest__Output,
} from "./gen/seawall/v1/ExposureRequest.ts";
export type { FieldChange, FieldChange__Output } from "./gen/seawall/v1/FieldChange.ts";
export type { FleetEvent__Output as FleetEventMessage__Output } from "./gen/seawall/v1/FleetEvent.ts";
export type {
  FleetFlowsRequest,
  FleetFlowsRequest__Output,
} from "./gen/seawall/v1/FleetFlowsRequest.ts";
export type {
  FleetFlowsResponse,
  FleetFlowsResponse__Output,
} from "./gen/seawall/v1/FleetFlowsResponse.ts";
export type {
  Flow as FlowMessage,
  Flow__Output as FlowMessage__Output,
} from "./gen/seawall/v1/Flow.ts";
export type {
  FlowEnd as FlowEndMessage,
  FlowEnd__Output as FlowEndMessage__Output,
} from "./gen/seawall/v1/FlowEnd.ts";
export type { FlowReport, FlowReport__Output } from "./gen/seawall/v1/FlowReport.ts";
export type { FlowsRequest__Output } from "./gen/seawall/v1/FlowsRequest.ts";
export type { GetRequest, GetRequest__Output } from "./gen/seawall/v1/GetRequest.ts";
export type { GetResponse, GetResponse__Output } from "./gen/seawall/v1/GetResponse.ts";
export type { Hello } from "./gen/seawall/v1/Hello.ts";
export type { HistoryHead__Output } from "./gen/seawall/v1/HistoryHead.ts";
export type { HistoryRequest, HistoryRequest__Output } from "./gen/seawall/v1/HistoryRequest.ts";
export type {
  HistoryResponse,
  HistoryResponse__Output,
} from "./gen/seawall/v1/HistoryResponse.ts";
export type { HostDiff, HostDiff__Output } from "./gen/seawall/v1/HostDiff.ts";
export type { HostReport, HostReport__Output } from "./gen/seawall/v1/HostReport.ts";
export type { HostState, HostState__Output } from "./gen/seawall/v1/HostState.ts";
export type {
  Issue as IssueMessage,
  Issue__Output as IssueMessage__Output,
} from "./gen/seawall/v1/Issue.ts";
export type { JoinRequest, JoinRequest__Output } from "./gen/seawall/v1/JoinRequest.ts";
export type { JoinResponse, JoinResponse__Output } from "./gen/seawall/v1/JoinResponse.ts";
export type { JoinServiceClient, JoinServiceHandlers } from "./gen/seawall/v1/JoinService.ts";
export type { JoinToken__Output as JoinTokenMessage__Output } from "./gen/seawall/v1/JoinToken.ts";
export type {
  LabelHostRequest,
  LabelHostRequest__Output,
} from "./gen/seawall/v1/LabelHostRequest.ts";
export type {
  ListTokensResponse,
  ListTokensResponse__Output,
} from "./gen/seawall/v1/ListTokensResponse.ts";
export type {
  ListUsersResponse,
  ListUsersResponse__Output,
} from "./gen/seawall/v1/ListUsersResponse.ts";
export type { LiveConnection, LiveConnection__Output } from "./gen/seawall/v1/LiveConnection.ts";
export type { Network as NetworkMessage } from "./gen/seawall/v1/Network.ts";
export type { ObjectChange, ObjectChange__Output } from "./gen/seawall/v1/ObjectChange.ts";
export type { PolicyStatus } from "./gen/seawall/v1/PolicyStatus.ts";
export type { PreviewReport, PreviewReport__Output } from "./gen/seawall/v1/PreviewReport.ts";
export type { PreviewRequest__Output } from "./gen/seawall/v1/PreviewRequest.ts";
export type { PreviewResponse, PreviewResponse__Output } from "./gen/seawall/v1/PreviewResponse.ts";
export type { RenewRequest__Output } from "./gen/seawall/v1/RenewRequest.ts";
export type { RenewResponse, RenewResponse__Output } from "./gen/seawall/v1/RenewResponse.ts";
export type { Reply, Reply__Output } from "./gen/seawall/v1/Reply.ts";
export type { Request, Request__Output } from "./gen/seawall/v1/Request.ts";
export type { RequestError__Output } from "./gen/seawall/v1/RequestError.ts";
export type { RevokeTokenResponse } from "./gen/seawall/v1/RevokeTokenResponse.ts";
export type { RevokeUserResponse } from "./gen/seawall/v1/RevokeUserResponse.ts";
export type { RuleCounter } from "./gen/seawall/v1/RuleCounter.ts";
export type { SetHostRequest, SetHostRequest__Output } from "./gen/seawall/v1/SetHostRequest.ts";
export type { TraceRequest, TraceRequest__Output } from "./gen/seawall/v1/TraceRequest.ts";
export type { UndoRequest, UndoRequest__Output } from "./gen/seawall/v1/UndoRequest.ts";
export type { User__Output } from "./gen/seawall/v1/User.ts";
export type { VersionResponse__Output } from "./gen/seawall/v1/VersionResponse.ts";
export type { Versions } from "./gen/seawall/v1/Versions.ts";
export type { WhoAmIResponse, WhoAmIResponse__Output } from "./gen/seawall/v1/WhoAmIResponse.ts";
export { isHostName } from "./host-name.ts";
export { type Identity, identityUri, parseIdentityUri } from "./identity-uri.ts";
export {
  formatJoinToken,
  isTokenId,
  type JoinTokenText,
  type ParsedJoinToken,
  parseJoinToken,
} from "./join-token.ts";
export { agentProto, clientProto, joinProto } from "./load.ts";
export {
  accounts,
  bellSubject,
  buckets,
  changedSubject,
  desiredGetSubject,
  exported,
  imported,
  inboxPrefix,
} from "./nats.ts";
export { type ChannelTls, hostOf, type SecureChannel, secureChannel } from "./secure-channel.ts";
export { signerUri, type TrustedSigner, trustedSigner } from "./signer-certificate.ts";
