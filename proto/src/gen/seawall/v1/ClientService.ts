// Original file: proto/seawall/v1/client.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ApplyRequest as _seawall_v1_ApplyRequest, ApplyRequest__Output as _seawall_v1_ApplyRequest__Output } from '../../seawall/v1/ApplyRequest.ts';
import type { ApplyResponse as _seawall_v1_ApplyResponse, ApplyResponse__Output as _seawall_v1_ApplyResponse__Output } from '../../seawall/v1/ApplyResponse.ts';
import type { ChangeRolloutRequest as _seawall_v1_ChangeRolloutRequest, ChangeRolloutRequest__Output as _seawall_v1_ChangeRolloutRequest__Output } from '../../seawall/v1/ChangeRolloutRequest.ts';
import type { ComplianceRequest as _seawall_v1_ComplianceRequest, ComplianceRequest__Output as _seawall_v1_ComplianceRequest__Output } from '../../seawall/v1/ComplianceRequest.ts';
import type { CreateTokenRequest as _seawall_v1_CreateTokenRequest, CreateTokenRequest__Output as _seawall_v1_CreateTokenRequest__Output } from '../../seawall/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse as _seawall_v1_CreateTokenResponse, CreateTokenResponse__Output as _seawall_v1_CreateTokenResponse__Output } from '../../seawall/v1/CreateTokenResponse.ts';
import type { CreateUserRequest as _seawall_v1_CreateUserRequest, CreateUserRequest__Output as _seawall_v1_CreateUserRequest__Output } from '../../seawall/v1/CreateUserRequest.ts';
import type { CreateUserResponse as _seawall_v1_CreateUserResponse, CreateUserResponse__Output as _seawall_v1_CreateUserResponse__Output } from '../../seawall/v1/CreateUserResponse.ts';
import type { DeleteHostRequest as _seawall_v1_DeleteHostRequest, DeleteHostRequest__Output as _seawall_v1_DeleteHostRequest__Output } from '../../seawall/v1/DeleteHostRequest.ts';
import type { DeleteHostResponse as _seawall_v1_DeleteHostResponse, DeleteHostResponse__Output as _seawall_v1_DeleteHostResponse__Output } from '../../seawall/v1/DeleteHostResponse.ts';
import type { DeleteRequest as _seawall_v1_DeleteRequest, DeleteRequest__Output as _seawall_v1_DeleteRequest__Output } from '../../seawall/v1/DeleteRequest.ts';
import type { DiffRequest as _seawall_v1_DiffRequest, DiffRequest__Output as _seawall_v1_DiffRequest__Output } from '../../seawall/v1/DiffRequest.ts';
import type { DiffResponse as _seawall_v1_DiffResponse, DiffResponse__Output as _seawall_v1_DiffResponse__Output } from '../../seawall/v1/DiffResponse.ts';
import type { DocumentResponse as _seawall_v1_DocumentResponse, DocumentResponse__Output as _seawall_v1_DocumentResponse__Output } from '../../seawall/v1/DocumentResponse.ts';
import type { EventsRequest as _seawall_v1_EventsRequest, EventsRequest__Output as _seawall_v1_EventsRequest__Output } from '../../seawall/v1/EventsRequest.ts';
import type { EventsResponse as _seawall_v1_EventsResponse, EventsResponse__Output as _seawall_v1_EventsResponse__Output } from '../../seawall/v1/EventsResponse.ts';
import type { ExposureRequest as _seawall_v1_ExposureRequest, ExposureRequest__Output as _seawall_v1_ExposureRequest__Output } from '../../seawall/v1/ExposureRequest.ts';
import type { FleetFlowsRequest as _seawall_v1_FleetFlowsRequest, FleetFlowsRequest__Output as _seawall_v1_FleetFlowsRequest__Output } from '../../seawall/v1/FleetFlowsRequest.ts';
import type { FleetFlowsResponse as _seawall_v1_FleetFlowsResponse, FleetFlowsResponse__Output as _seawall_v1_FleetFlowsResponse__Output } from '../../seawall/v1/FleetFlowsResponse.ts';
import type { GetRequest as _seawall_v1_GetRequest, GetRequest__Output as _seawall_v1_GetRequest__Output } from '../../seawall/v1/GetRequest.ts';
import type { GetResponse as _seawall_v1_GetResponse, GetResponse__Output as _seawall_v1_GetResponse__Output } from '../../seawall/v1/GetResponse.ts';
import type { HistoryRequest as _seawall_v1_HistoryRequest, HistoryRequest__Output as _seawall_v1_HistoryRequest__Output } from '../../seawall/v1/HistoryRequest.ts';
import type { HistoryResponse as _seawall_v1_HistoryResponse, HistoryResponse__Output as _seawall_v1_HistoryResponse__Output } from '../../seawall/v1/HistoryResponse.ts';
import type { LabelHostRequest as _seawall_v1_LabelHostRequest, LabelHostRequest__Output as _seawall_v1_LabelHostRequest__Output } from '../../seawall/v1/LabelHostRequest.ts';
import type { ListTokensRequest as _seawall_v1_ListTokensRequest, ListTokensRequest__Output as _seawall_v1_ListTokensRequest__Output } from '../../seawall/v1/ListTokensRequest.ts';
import type { ListTokensResponse as _seawall_v1_ListTokensResponse, ListTokensResponse__Output as _seawall_v1_ListTokensResponse__Output } from '../../seawall/v1/ListTokensResponse.ts';
import type { ListUsersRequest as _seawall_v1_ListUsersRequest, ListUsersRequest__Output as _seawall_v1_ListUsersRequest__Output } from '../../seawall/v1/ListUsersRequest.ts';
import type { ListUsersResponse as _seawall_v1_ListUsersResponse, ListUsersResponse__Output as _seawall_v1_ListUsersResponse__Output } from '../../seawall/v1/ListUsersResponse.ts';
import type { PreviewResponse as _seawall_v1_PreviewResponse, PreviewResponse__Output as _seawall_v1_PreviewResponse__Output } from '../../seawall/v1/PreviewResponse.ts';
import type { RevokeTokenRequest as _seawall_v1_RevokeTokenRequest, RevokeTokenRequest__Output as _seawall_v1_RevokeTokenRequest__Output } from '../../seawall/v1/RevokeTokenRequest.ts';
import type { RevokeTokenResponse as _seawall_v1_RevokeTokenResponse, RevokeTokenResponse__Output as _seawall_v1_RevokeTokenResponse__Output } from '../../seawall/v1/RevokeTokenResponse.ts';
import type { RevokeUserRequest as _seawall_v1_RevokeUserRequest, RevokeUserRequest__Output as _seawall_v1_RevokeUserRequest__Output } from '../../seawall/v1/RevokeUserRequest.ts';
import type { RevokeUserResponse as _seawall_v1_RevokeUserResponse, RevokeUserResponse__Output as _seawall_v1_RevokeUserResponse__Output } from '../../seawall/v1/RevokeUserResponse.ts';
import type { RolloutRequest as _seawall_v1_RolloutRequest, RolloutRequest__Output as _seawall_v1_RolloutRequest__Output } from '../../seawall/v1/RolloutRequest.ts';
import type { SetHostRequest as _seawall_v1_SetHostRequest, SetHostRequest__Output as _seawall_v1_SetHostRequest__Output } from '../../seawall/v1/SetHostRequest.ts';
import type { TraceRequest as _seawall_v1_TraceRequest, TraceRequest__Output as _seawall_v1_TraceRequest__Output } from '../../seawall/v1/TraceRequest.ts';
import type { UndoRequest as _seawall_v1_UndoRequest, UndoRequest__Output as _seawall_v1_UndoRequest__Output } from '../../seawall/v1/UndoRequest.ts';
import type { VersionRequest as _seawall_v1_VersionRequest, VersionRequest__Output as _seawall_v1_VersionRequest__Output } from '../../seawall/v1/VersionRequest.ts';
import type { VersionResponse as _seawall_v1_VersionResponse, VersionResponse__Output as _seawall_v1_VersionResponse__Output } from '../../seawall/v1/VersionResponse.ts';
import type { WhoAmIRequest as _seawall_v1_WhoAmIRequest, WhoAmIRequest__Output as _seawall_v1_WhoAmIRequest__Output } from '../../seawall/v1/WhoAmIRequest.ts';
import type { WhoAmIResponse as _seawall_v1_WhoAmIResponse, WhoAmIResponse__Output as _seawall_v1_WhoAmIResponse__Output } from '../../seawall/v1/WhoAmIResponse.ts';

export interface ClientServiceClient extends grpc.Client {
  /**
   * All files become one revision, or none does. Issues in the manifests are
   * an answer, not an RPC error. Fails with ABORTED when if_revision is stale.
   */
  Apply(argument: _seawall_v1_ApplyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Apply(argument: _seawall_v1_ApplyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Apply(argument: _seawall_v1_ApplyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Apply(argument: _seawall_v1_ApplyRequest, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  /**
   * All files become one revision, or none does. Issues in the manifests are
   * an answer, not an RPC error. Fails with ABORTED when if_revision is stale.
   */
  apply(argument: _seawall_v1_ApplyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  apply(argument: _seawall_v1_ApplyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  apply(argument: _seawall_v1_ApplyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  apply(argument: _seawall_v1_ApplyRequest, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Answers with the rollout as it is then. Fails with FAILED_PRECONDITION where there is nothing to do it to.
   */
  ChangeRollout(argument: _seawall_v1_ChangeRolloutRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  ChangeRollout(argument: _seawall_v1_ChangeRolloutRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  ChangeRollout(argument: _seawall_v1_ChangeRolloutRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  ChangeRollout(argument: _seawall_v1_ChangeRolloutRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Answers with the rollout as it is then. Fails with FAILED_PRECONDITION where there is nothing to do it to.
   */
  changeRollout(argument: _seawall_v1_ChangeRolloutRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  changeRollout(argument: _seawall_v1_ChangeRolloutRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  changeRollout(argument: _seawall_v1_ChangeRolloutRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  changeRollout(argument: _seawall_v1_ChangeRolloutRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Whether hosts enforce what they should, from their kernels as they are now; signed by the controller.
   */
  Compliance(argument: _seawall_v1_ComplianceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Compliance(argument: _seawall_v1_ComplianceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Compliance(argument: _seawall_v1_ComplianceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Compliance(argument: _seawall_v1_ComplianceRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Whether hosts enforce what they should, from their kernels as they are now; signed by the controller.
   */
  compliance(argument: _seawall_v1_ComplianceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  compliance(argument: _seawall_v1_ComplianceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  compliance(argument: _seawall_v1_ComplianceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  compliance(argument: _seawall_v1_ComplianceRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  
  CreateToken(argument: _seawall_v1_CreateTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _seawall_v1_CreateTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _seawall_v1_CreateTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _seawall_v1_CreateTokenRequest, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _seawall_v1_CreateTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _seawall_v1_CreateTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _seawall_v1_CreateTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _seawall_v1_CreateTokenRequest, callback: grpc.requestCallback<_seawall_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * The key stays with the person: only its public half is sent.
   */
  CreateUser(argument: _seawall_v1_CreateUserRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  CreateUser(argument: _seawall_v1_CreateUserRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  CreateUser(argument: _seawall_v1_CreateUserRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  CreateUser(argument: _seawall_v1_CreateUserRequest, callback: grpc.requestCallback<_seawall_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  /**
   * The key stays with the person: only its public half is sent.
   */
  createUser(argument: _seawall_v1_CreateUserRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  createUser(argument: _seawall_v1_CreateUserRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  createUser(argument: _seawall_v1_CreateUserRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  createUser(argument: _seawall_v1_CreateUserRequest, callback: grpc.requestCallback<_seawall_v1_CreateUserResponse__Output>): grpc.ClientUnaryCall;
  
  Delete(argument: _seawall_v1_DeleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _seawall_v1_DeleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _seawall_v1_DeleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _seawall_v1_DeleteRequest, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _seawall_v1_DeleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _seawall_v1_DeleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _seawall_v1_DeleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _seawall_v1_DeleteRequest, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  
  DeleteHost(argument: _seawall_v1_DeleteHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  DeleteHost(argument: _seawall_v1_DeleteHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  DeleteHost(argument: _seawall_v1_DeleteHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  DeleteHost(argument: _seawall_v1_DeleteHostRequest, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  deleteHost(argument: _seawall_v1_DeleteHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  deleteHost(argument: _seawall_v1_DeleteHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  deleteHost(argument: _seawall_v1_DeleteHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  deleteHost(argument: _seawall_v1_DeleteHostRequest, callback: grpc.requestCallback<_seawall_v1_DeleteHostResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * What differs between two revisions, as Apply says it of a change.
   */
  Diff(argument: _seawall_v1_DiffRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  Diff(argument: _seawall_v1_DiffRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  Diff(argument: _seawall_v1_DiffRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  Diff(argument: _seawall_v1_DiffRequest, callback: grpc.requestCallback<_seawall_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  /**
   * What differs between two revisions, as Apply says it of a change.
   */
  diff(argument: _seawall_v1_DiffRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  diff(argument: _seawall_v1_DiffRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  diff(argument: _seawall_v1_DiffRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  diff(argument: _seawall_v1_DiffRequest, callback: grpc.requestCallback<_seawall_v1_DiffResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * What happened, oldest first. The first answer is the head.
   */
  Events(argument: _seawall_v1_EventsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_EventsResponse__Output>;
  Events(argument: _seawall_v1_EventsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_EventsResponse__Output>;
  /**
   * What happened, oldest first. The first answer is the head.
   */
  events(argument: _seawall_v1_EventsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_EventsResponse__Output>;
  events(argument: _seawall_v1_EventsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_EventsResponse__Output>;
  
  /**
   * From where each published port of the hosts can be reached now.
   */
  Exposure(argument: _seawall_v1_ExposureRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Exposure(argument: _seawall_v1_ExposureRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Exposure(argument: _seawall_v1_ExposureRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Exposure(argument: _seawall_v1_ExposureRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  /**
   * From where each published port of the hosts can be reached now.
   */
  exposure(argument: _seawall_v1_ExposureRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  exposure(argument: _seawall_v1_ExposureRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  exposure(argument: _seawall_v1_ExposureRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  exposure(argument: _seawall_v1_ExposureRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * What rules tell of the packets that they match, from now on: hosts collect nothing before.
   */
  Flows(argument: _seawall_v1_FleetFlowsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_FleetFlowsResponse__Output>;
  Flows(argument: _seawall_v1_FleetFlowsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_FleetFlowsResponse__Output>;
  /**
   * What rules tell of the packets that they match, from now on: hosts collect nothing before.
   */
  flows(argument: _seawall_v1_FleetFlowsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_FleetFlowsResponse__Output>;
  flows(argument: _seawall_v1_FleetFlowsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_FleetFlowsResponse__Output>;
  
  Get(argument: _seawall_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _seawall_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _seawall_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _seawall_v1_GetRequest, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _seawall_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _seawall_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _seawall_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _seawall_v1_GetRequest, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Revisions as they are stored, believed or not, for whoever verifies them: the head,
   * the revisions, oldest first, then each object that one of them names.
   */
  History(argument: _seawall_v1_HistoryRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_HistoryResponse__Output>;
  History(argument: _seawall_v1_HistoryRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_HistoryResponse__Output>;
  /**
   * Revisions as they are stored, believed or not, for whoever verifies them: the head,
   * the revisions, oldest first, then each object that one of them names.
   */
  history(argument: _seawall_v1_HistoryRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_HistoryResponse__Output>;
  history(argument: _seawall_v1_HistoryRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_HistoryResponse__Output>;
  
  LabelHost(argument: _seawall_v1_LabelHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  LabelHost(argument: _seawall_v1_LabelHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  LabelHost(argument: _seawall_v1_LabelHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  LabelHost(argument: _seawall_v1_LabelHostRequest, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  labelHost(argument: _seawall_v1_LabelHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  labelHost(argument: _seawall_v1_LabelHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  labelHost(argument: _seawall_v1_LabelHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  labelHost(argument: _seawall_v1_LabelHostRequest, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Without their secrets, which are kept nowhere.
   */
  ListTokens(argument: _seawall_v1_ListTokensRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  ListTokens(argument: _seawall_v1_ListTokensRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  ListTokens(argument: _seawall_v1_ListTokensRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  ListTokens(argument: _seawall_v1_ListTokensRequest, callback: grpc.requestCallback<_seawall_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Without their secrets, which are kept nowhere.
   */
  listTokens(argument: _seawall_v1_ListTokensRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  listTokens(argument: _seawall_v1_ListTokensRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  listTokens(argument: _seawall_v1_ListTokensRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  listTokens(argument: _seawall_v1_ListTokensRequest, callback: grpc.requestCallback<_seawall_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  
  ListUsers(argument: _seawall_v1_ListUsersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ListUsersResponse__Output>): grpc.ClientUnaryCall;
  ListUsers(argument: _seawall_v1_ListUsersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_ListUsersResponse__Output>): grpc.ClientUnaryCall;
  ListUsers(argument: _seawall_v1_ListUsersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ListUsersResponse__Output>): grpc.ClientUnaryCall;
  ListUsers(argument: _seawall_v1_ListUsersRequest, callback: grpc.requestCallback<_seawall_v1_ListUsersResponse__Output>): grpc.ClientUnaryCall;
  listUsers(argument: _seawall_v1_ListUsersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ListUsersResponse__Output>): grpc.ClientUnaryCall;
  listUsers(argument: _seawall_v1_ListUsersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_ListUsersResponse__Output>): grpc.ClientUnaryCall;
  listUsers(argument: _seawall_v1_ListUsersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ListUsersResponse__Output>): grpc.ClientUnaryCall;
  listUsers(argument: _seawall_v1_ListUsersRequest, callback: grpc.requestCallback<_seawall_v1_ListUsersResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * What Apply would change: what a dry run of it answers, then how many hosts have been asked of how many, as it
   * goes on, and in the end what it would do to traffic. Stores nothing.
   */
  Preview(argument: _seawall_v1_ApplyRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_PreviewResponse__Output>;
  Preview(argument: _seawall_v1_ApplyRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_PreviewResponse__Output>;
  /**
   * What Apply would change: what a dry run of it answers, then how many hosts have been asked of how many, as it
   * goes on, and in the end what it would do to traffic. Stores nothing.
   */
  preview(argument: _seawall_v1_ApplyRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_PreviewResponse__Output>;
  preview(argument: _seawall_v1_ApplyRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_PreviewResponse__Output>;
  
  RevokeToken(argument: _seawall_v1_RevokeTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  RevokeToken(argument: _seawall_v1_RevokeTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  RevokeToken(argument: _seawall_v1_RevokeTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  RevokeToken(argument: _seawall_v1_RevokeTokenRequest, callback: grpc.requestCallback<_seawall_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _seawall_v1_RevokeTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _seawall_v1_RevokeTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _seawall_v1_RevokeTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _seawall_v1_RevokeTokenRequest, callback: grpc.requestCallback<_seawall_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  
  RevokeUser(argument: _seawall_v1_RevokeUserRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_RevokeUserResponse__Output>): grpc.ClientUnaryCall;
  RevokeUser(argument: _seawall_v1_RevokeUserRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_RevokeUserResponse__Output>): grpc.ClientUnaryCall;
  RevokeUser(argument: _seawall_v1_RevokeUserRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_RevokeUserResponse__Output>): grpc.ClientUnaryCall;
  RevokeUser(argument: _seawall_v1_RevokeUserRequest, callback: grpc.requestCallback<_seawall_v1_RevokeUserResponse__Output>): grpc.ClientUnaryCall;
  revokeUser(argument: _seawall_v1_RevokeUserRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_RevokeUserResponse__Output>): grpc.ClientUnaryCall;
  revokeUser(argument: _seawall_v1_RevokeUserRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_RevokeUserResponse__Output>): grpc.ClientUnaryCall;
  revokeUser(argument: _seawall_v1_RevokeUserRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_RevokeUserResponse__Output>): grpc.ClientUnaryCall;
  revokeUser(argument: _seawall_v1_RevokeUserRequest, callback: grpc.requestCallback<_seawall_v1_RevokeUserResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * The newest rollout, and those before it.
   */
  Rollout(argument: _seawall_v1_RolloutRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Rollout(argument: _seawall_v1_RolloutRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Rollout(argument: _seawall_v1_RolloutRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Rollout(argument: _seawall_v1_RolloutRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  /**
   * The newest rollout, and those before it.
   */
  rollout(argument: _seawall_v1_RolloutRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  rollout(argument: _seawall_v1_RolloutRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  rollout(argument: _seawall_v1_RolloutRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  rollout(argument: _seawall_v1_RolloutRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  
  SetHost(argument: _seawall_v1_SetHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  SetHost(argument: _seawall_v1_SetHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  SetHost(argument: _seawall_v1_SetHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  SetHost(argument: _seawall_v1_SetHostRequest, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  setHost(argument: _seawall_v1_SetHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  setHost(argument: _seawall_v1_SetHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  setHost(argument: _seawall_v1_SetHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  setHost(argument: _seawall_v1_SetHostRequest, callback: grpc.requestCallback<_seawall_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * What becomes of a connection on the hosts as they are now.
   */
  Trace(argument: _seawall_v1_TraceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Trace(argument: _seawall_v1_TraceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Trace(argument: _seawall_v1_TraceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  Trace(argument: _seawall_v1_TraceRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  /**
   * What becomes of a connection on the hosts as they are now.
   */
  trace(argument: _seawall_v1_TraceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  trace(argument: _seawall_v1_TraceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  trace(argument: _seawall_v1_TraceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  trace(argument: _seawall_v1_TraceRequest, callback: grpc.requestCallback<_seawall_v1_DocumentResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Commits what an earlier revision said as a new one.
   */
  Undo(argument: _seawall_v1_UndoRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Undo(argument: _seawall_v1_UndoRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Undo(argument: _seawall_v1_UndoRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  Undo(argument: _seawall_v1_UndoRequest, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Commits what an earlier revision said as a new one.
   */
  undo(argument: _seawall_v1_UndoRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  undo(argument: _seawall_v1_UndoRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  undo(argument: _seawall_v1_UndoRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  undo(argument: _seawall_v1_UndoRequest, callback: grpc.requestCallback<_seawall_v1_ApplyResponse__Output>): grpc.ClientUnaryCall;
  
  Version(argument: _seawall_v1_VersionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  Version(argument: _seawall_v1_VersionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  Version(argument: _seawall_v1_VersionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  Version(argument: _seawall_v1_VersionRequest, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  version(argument: _seawall_v1_VersionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  version(argument: _seawall_v1_VersionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  version(argument: _seawall_v1_VersionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  version(argument: _seawall_v1_VersionRequest, callback: grpc.requestCallback<_seawall_v1_VersionResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Streams the whole answer of Get at once, then again after each change.
   */
  Watch(argument: _seawall_v1_GetRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_GetResponse__Output>;
  Watch(argument: _seawall_v1_GetRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_GetResponse__Output>;
  /**
   * Streams the whole answer of Get at once, then again after each change.
   */
  watch(argument: _seawall_v1_GetRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_GetResponse__Output>;
  watch(argument: _seawall_v1_GetRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_seawall_v1_GetResponse__Output>;
  
  WhoAmI(argument: _seawall_v1_WhoAmIRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  WhoAmI(argument: _seawall_v1_WhoAmIRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  WhoAmI(argument: _seawall_v1_WhoAmIRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  WhoAmI(argument: _seawall_v1_WhoAmIRequest, callback: grpc.requestCallback<_seawall_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  whoAmI(argument: _seawall_v1_WhoAmIRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  whoAmI(argument: _seawall_v1_WhoAmIRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  whoAmI(argument: _seawall_v1_WhoAmIRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  whoAmI(argument: _seawall_v1_WhoAmIRequest, callback: grpc.requestCallback<_seawall_v1_WhoAmIResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface ClientServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * All files become one revision, or none does. Issues in the manifests are
   * an answer, not an RPC error. Fails with ABORTED when if_revision is stale.
   */
  Apply: grpc.handleUnaryCall<_seawall_v1_ApplyRequest__Output, _seawall_v1_ApplyResponse>;
  
  /**
   * Answers with the rollout as it is then. Fails with FAILED_PRECONDITION where there is nothing to do it to.
   */
  ChangeRollout: grpc.handleUnaryCall<_seawall_v1_ChangeRolloutRequest__Output, _seawall_v1_DocumentResponse>;
  
  /**
   * Whether hosts enforce what they should, from their kernels as they are now; signed by the controller.
   */
  Compliance: grpc.handleUnaryCall<_seawall_v1_ComplianceRequest__Output, _seawall_v1_DocumentResponse>;
  
  CreateToken: grpc.handleUnaryCall<_seawall_v1_CreateTokenRequest__Output, _seawall_v1_CreateTokenResponse>;
  
  /**
   * The key stays with the person: only its public half is sent.
   */
  CreateUser: grpc.handleUnaryCall<_seawall_v1_CreateUserRequest__Output, _seawall_v1_CreateUserResponse>;
  
  Delete: grpc.handleUnaryCall<_seawall_v1_DeleteRequest__Output, _seawall_v1_ApplyResponse>;
  
  DeleteHost: grpc.handleUnaryCall<_seawall_v1_DeleteHostRequest__Output, _seawall_v1_DeleteHostResponse>;
  
  /**
   * What differs between two revisions, as Apply says it of a change.
   */
  Diff: grpc.handleUnaryCall<_seawall_v1_DiffRequest__Output, _seawall_v1_DiffResponse>;
  
  /**
   * What happened, oldest first. The first answer is the head.
   */
  Events: grpc.handleServerStreamingCall<_seawall_v1_EventsRequest__Output, _seawall_v1_EventsResponse>;
  
  /**
   * From where each published port of the hosts can be reached now.
   */
  Exposure: grpc.handleUnaryCall<_seawall_v1_ExposureRequest__Output, _seawall_v1_DocumentResponse>;
  
  /**
   * What rules tell of the packets that they match, from now on: hosts collect nothing before.
   */
  Flows: grpc.handleServerStreamingCall<_seawall_v1_FleetFlowsRequest__Output, _seawall_v1_FleetFlowsResponse>;
  
  Get: grpc.handleUnaryCall<_seawall_v1_GetRequest__Output, _seawall_v1_GetResponse>;
  
  /**
   * Revisions as they are stored, believed or not, for whoever verifies them: the head,
   * the revisions, oldest first, then each object that one of them names.
   */
  History: grpc.handleServerStreamingCall<_seawall_v1_HistoryRequest__Output, _seawall_v1_HistoryResponse>;
  
  LabelHost: grpc.handleUnaryCall<_seawall_v1_LabelHostRequest__Output, _seawall_v1_GetResponse>;
  
  /**
   * Without their secrets, which are kept nowhere.
   */
  ListTokens: grpc.handleUnaryCall<_seawall_v1_ListTokensRequest__Output, _seawall_v1_ListTokensResponse>;
  
  ListUsers: grpc.handleUnaryCall<_seawall_v1_ListUsersRequest__Output, _seawall_v1_ListUsersResponse>;
  
  /**
   * What Apply would change: what a dry run of it answers, then how many hosts have been asked of how many, as it
   * goes on, and in the end what it would do to traffic. Stores nothing.
   */
  Preview: grpc.handleServerStreamingCall<_seawall_v1_ApplyRequest__Output, _seawall_v1_PreviewResponse>;
  
  RevokeToken: grpc.handleUnaryCall<_seawall_v1_RevokeTokenRequest__Output, _seawall_v1_RevokeTokenResponse>;
  
  RevokeUser: grpc.handleUnaryCall<_seawall_v1_RevokeUserRequest__Output, _seawall_v1_RevokeUserResponse>;
  
  /**
   * The newest rollout, and those before it.
   */
  Rollout: grpc.handleUnaryCall<_seawall_v1_RolloutRequest__Output, _seawall_v1_DocumentResponse>;
  
  SetHost: grpc.handleUnaryCall<_seawall_v1_SetHostRequest__Output, _seawall_v1_GetResponse>;
  
  /**
   * What becomes of a connection on the hosts as they are now.
   */
  Trace: grpc.handleUnaryCall<_seawall_v1_TraceRequest__Output, _seawall_v1_DocumentResponse>;
  
  /**
   * Commits what an earlier revision said as a new one.
   */
  Undo: grpc.handleUnaryCall<_seawall_v1_UndoRequest__Output, _seawall_v1_ApplyResponse>;
  
  Version: grpc.handleUnaryCall<_seawall_v1_VersionRequest__Output, _seawall_v1_VersionResponse>;
  
  /**
   * Streams the whole answer of Get at once, then again after each change.
   */
  Watch: grpc.handleServerStreamingCall<_seawall_v1_GetRequest__Output, _seawall_v1_GetResponse>;
  
  WhoAmI: grpc.handleUnaryCall<_seawall_v1_WhoAmIRequest__Output, _seawall_v1_WhoAmIResponse>;
  
}

export interface ClientServiceDefinition extends grpc.ServiceDefinition {
  Apply: MethodDefinition<_seawall_v1_ApplyRequest, _seawall_v1_ApplyResponse, _seawall_v1_ApplyRequest__Output, _seawall_v1_ApplyResponse__Output>
  ChangeRollout: MethodDefinition<_seawall_v1_ChangeRolloutRequest, _seawall_v1_DocumentResponse, _seawall_v1_ChangeRolloutRequest__Output, _seawall_v1_DocumentResponse__Output>
  Compliance: MethodDefinition<_seawall_v1_ComplianceRequest, _seawall_v1_DocumentResponse, _seawall_v1_ComplianceRequest__Output, _seawall_v1_DocumentResponse__Output>
  CreateToken: MethodDefinition<_seawall_v1_CreateTokenRequest, _seawall_v1_CreateTokenResponse, _seawall_v1_CreateTokenRequest__Output, _seawall_v1_CreateTokenResponse__Output>
  CreateUser: MethodDefinition<_seawall_v1_CreateUserRequest, _seawall_v1_CreateUserResponse, _seawall_v1_CreateUserRequest__Output, _seawall_v1_CreateUserResponse__Output>
  Delete: MethodDefinition<_seawall_v1_DeleteRequest, _seawall_v1_ApplyResponse, _seawall_v1_DeleteRequest__Output, _seawall_v1_ApplyResponse__Output>
  DeleteHost: MethodDefinition<_seawall_v1_DeleteHostRequest, _seawall_v1_DeleteHostResponse, _seawall_v1_DeleteHostRequest__Output, _seawall_v1_DeleteHostResponse__Output>
  Diff: MethodDefinition<_seawall_v1_DiffRequest, _seawall_v1_DiffResponse, _seawall_v1_DiffRequest__Output, _seawall_v1_DiffResponse__Output>
  Events: MethodDefinition<_seawall_v1_EventsRequest, _seawall_v1_EventsResponse, _seawall_v1_EventsRequest__Output, _seawall_v1_EventsResponse__Output>
  Exposure: MethodDefinition<_seawall_v1_ExposureRequest, _seawall_v1_DocumentResponse, _seawall_v1_ExposureRequest__Output, _seawall_v1_DocumentResponse__Output>
  Flows: MethodDefinition<_seawall_v1_FleetFlowsRequest, _seawall_v1_FleetFlowsResponse, _seawall_v1_FleetFlowsRequest__Output, _seawall_v1_FleetFlowsResponse__Output>
  Get: MethodDefinition<_seawall_v1_GetRequest, _seawall_v1_GetResponse, _seawall_v1_GetRequest__Output, _seawall_v1_GetResponse__Output>
  History: MethodDefinition<_seawall_v1_HistoryRequest, _seawall_v1_HistoryResponse, _seawall_v1_HistoryRequest__Output, _seawall_v1_HistoryResponse__Output>
  LabelHost: MethodDefinition<_seawall_v1_LabelHostRequest, _seawall_v1_GetResponse, _seawall_v1_LabelHostRequest__Output, _seawall_v1_GetResponse__Output>
  ListTokens: MethodDefinition<_seawall_v1_ListTokensRequest, _seawall_v1_ListTokensResponse, _seawall_v1_ListTokensRequest__Output, _seawall_v1_ListTokensResponse__Output>
  ListUsers: MethodDefinition<_seawall_v1_ListUsersRequest, _seawall_v1_ListUsersResponse, _seawall_v1_ListUsersRequest__Output, _seawall_v1_ListUsersResponse__Output>
  Preview: MethodDefinition<_seawall_v1_ApplyRequest, _seawall_v1_PreviewResponse, _seawall_v1_ApplyRequest__Output, _seawall_v1_PreviewResponse__Output>
  RevokeToken: MethodDefinition<_seawall_v1_RevokeTokenRequest, _seawall_v1_RevokeTokenResponse, _seawall_v1_RevokeTokenRequest__Output, _seawall_v1_RevokeTokenResponse__Output>
  RevokeUser: MethodDefinition<_seawall_v1_RevokeUserRequest, _seawall_v1_RevokeUserResponse, _seawall_v1_RevokeUserRequest__Output, _seawall_v1_RevokeUserResponse__Output>
  Rollout: MethodDefinition<_seawall_v1_RolloutRequest, _seawall_v1_DocumentResponse, _seawall_v1_RolloutRequest__Output, _seawall_v1_DocumentResponse__Output>
  SetHost: MethodDefinition<_seawall_v1_SetHostRequest, _seawall_v1_GetResponse, _seawall_v1_SetHostRequest__Output, _seawall_v1_GetResponse__Output>
  Trace: MethodDefinition<_seawall_v1_TraceRequest, _seawall_v1_DocumentResponse, _seawall_v1_TraceRequest__Output, _seawall_v1_DocumentResponse__Output>
  Undo: MethodDefinition<_seawall_v1_UndoRequest, _seawall_v1_ApplyResponse, _seawall_v1_UndoRequest__Output, _seawall_v1_ApplyResponse__Output>
  Version: MethodDefinition<_seawall_v1_VersionRequest, _seawall_v1_VersionResponse, _seawall_v1_VersionRequest__Output, _seawall_v1_VersionResponse__Output>
  Watch: MethodDefinition<_seawall_v1_GetRequest, _seawall_v1_GetResponse, _seawall_v1_GetRequest__Output, _seawall_v1_GetResponse__Output>
  WhoAmI: MethodDefinition<_seawall_v1_WhoAmIRequest, _seawall_v1_WhoAmIResponse, _seawall_v1_WhoAmIRequest__Output, _seawall_v1_WhoAmIResponse__Output>
}
