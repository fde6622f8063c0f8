import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { ApplyRequest as _seawall_v1_ApplyRequest, ApplyRequest__Output as _seawall_v1_ApplyRequest__Output } from './seawall/v1/ApplyRequest.ts';
import type { ApplyResponse as _seawall_v1_ApplyResponse, ApplyResponse__Output as _seawall_v1_ApplyResponse__Output } from './seawall/v1/ApplyResponse.ts';
import type { ChangeRolloutRequest as _seawall_v1_ChangeRolloutRequest, ChangeRolloutRequest__Output as _seawall_v1_ChangeRolloutRequest__Output } from './seawall/v1/ChangeRolloutRequest.ts';
import type { ClientServiceClient as _seawall_v1_ClientServiceClient, ClientServiceDefinition as _seawall_v1_ClientServiceDefinition } from './seawall/v1/ClientService.ts';
import type { ComplianceRequest as _seawall_v1_ComplianceRequest, ComplianceRequest__Output as _seawall_v1_ComplianceRequest__Output } from './seawall/v1/ComplianceRequest.ts';
import type { CreateTokenRequest as _seawall_v1_CreateTokenRequest, CreateTokenRequest__Output as _seawall_v1_CreateTokenRequest__Output } from './seawall/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse as _seawall_v1_CreateTokenResponse, CreateTokenResponse__Output as _seawall_v1_CreateTokenResponse__Output } from './seawall/v1/CreateTokenResponse.ts';
import type { CreateUserRequest as _seawall_v1_CreateUserRequest, CreateUserRequest__Output as _seawall_v1_CreateUserRequest__Output } from './seawall/v1/CreateUserRequest.ts';
import type { CreateUserResponse as _seawall_v1_CreateUserResponse, CreateUserResponse__Output as _seawall_v1_CreateUserResponse__Output } from './seawall/v1/CreateUserResponse.ts';
import type { DeleteHostRequest as _seawall_v1_DeleteHostRequest, DeleteHostRequest__Output as _seawall_v1_DeleteHostRequest__Output } from './seawall/v1/DeleteHostRequest.ts';
import type { DeleteHostResponse as _seawall_v1_DeleteHostResponse, DeleteHostResponse__Output as _seawall_v1_DeleteHostResponse__Output } from './seawall/v1/DeleteHostResponse.ts';
import type { DeleteRequest as _seawall_v1_DeleteRequest, DeleteRequest__Output as _seawall_v1_DeleteRequest__Output } from './seawall/v1/DeleteRequest.ts';
import type { DiffRequest as _seawall_v1_DiffRequest, DiffRequest__Output as _seawall_v1_DiffRequest__Output } from './seawall/v1/DiffRequest.ts';
import type { DiffResponse as _seawall_v1_DiffResponse, DiffResponse__Output as _seawall_v1_DiffResponse__Output } from './seawall/v1/DiffResponse.ts';
import type { DocumentResponse as _seawall_v1_DocumentResponse, DocumentResponse__Output as _seawall_v1_DocumentResponse__Output } from './seawall/v1/DocumentResponse.ts';
import type { EventsHead as _seawall_v1_EventsHead, EventsHead__Output as _seawall_v1_EventsHead__Output } from './seawall/v1/EventsHead.ts';
import type { EventsRequest as _seawall_v1_EventsRequest, EventsRequest__Output as _seawall_v1_EventsRequest__Output } from './seawall/v1/EventsRequest.ts';
import type { EventsResponse as _seawall_v1_EventsResponse, EventsResponse__Output as _seawall_v1_EventsResponse__Output } from './seawall/v1/EventsResponse.ts';
import type { ExposureRequest as _seawall_v1_ExposureRequest, ExposureRequest__Output as _seawall_v1_ExposureRequest__Output } from './seawall/v1/ExposureRequest.ts';
import type { FieldChange as _seawall_v1_FieldChange, FieldChange__Output as _seawall_v1_FieldChange__Output } from './seawall/v1/FieldChange.ts';
import type { FleetEvent as _seawall_v1_FleetEvent, FleetEvent__Output as _seawall_v1_FleetEvent__Output } from './seawall/v1/FleetEvent.ts';
import type { FleetFlowsRequest as _seawall_v1_FleetFlowsRequest, FleetFlowsRequest__Output as _seawall_v1_FleetFlowsRequest__Output } from './seawall/v1/FleetFlowsRequest.ts';
import type { FleetFlowsResponse as _seawall_v1_FleetFlowsResponse, FleetFlowsResponse__Output as _seawall_v1_FleetFlowsResponse__Output } from './seawall/v1/FleetFlowsResponse.ts';
import type { Flow as _seawall_v1_Flow, Flow__Output as _seawall_v1_Flow__Output } from './seawall/v1/Flow.ts';
import type { FlowEnd as _seawall_v1_FlowEnd, FlowEnd__Output as _seawall_v1_FlowEnd__Output } from './seawall/v1/FlowEnd.ts';
import type { FlowReport as _seawall_v1_FlowReport, FlowReport__Output as _seawall_v1_FlowReport__Output } from './seawall/v1/FlowReport.ts';
import type { GetRequest as _seawall_v1_GetRequest, GetRequest__Output as _seawall_v1_GetRequest__Output } from './seawall/v1/GetRequest.ts';
import type { GetResponse as _seawall_v1_GetResponse, GetResponse__Output as _seawall_v1_GetResponse__Output } from './seawall/v1/GetResponse.ts';
import type { HistoryHead as _seawall_v1_HistoryHead, HistoryHead__Output as _seawall_v1_HistoryHead__Output } from './seawall/v1/HistoryHead.ts';
import type { HistoryRequest as _seawall_v1_HistoryRequest, HistoryRequest__Output as _seawall_v1_HistoryRequest__Output } from './seawall/v1/HistoryRequest.ts';
import type { HistoryResponse as _seawall_v1_HistoryResponse, HistoryResponse__Output as _seawall_v1_HistoryResponse__Output } from './seawall/v1/HistoryResponse.ts';
import type { HostDiff as _seawall_v1_HostDiff, HostDiff__Output as _seawall_v1_HostDiff__Output } from './seawall/v1/HostDiff.ts';
import type { HostUnasked as _seawall_v1_HostUnasked, HostUnasked__Output as _seawall_v1_HostUnasked__Output } from './seawall/v1/HostUnasked.ts';
import type { Issue as _seawall_v1_Issue, Issue__Output as _seawall_v1_Issue__Output } from './seawall/v1/Issue.ts';
import type { JoinToken as _seawall_v1_JoinToken, JoinToken__Output as _seawall_v1_JoinToken__Output } from './seawall/v1/JoinToken.ts';
import type { LabelHostRequest as _seawall_v1_LabelHostRequest, LabelHostRequest__Output as _seawall_v1_LabelHostRequest__Output } from './seawall/v1/LabelHostRequest.ts';
import type { ListTokensRequest as _seawall_v1_ListTokensRequest, ListTokensRequest__Output as _seawall_v1_ListTokensRequest__Output } from './seawall/v1/ListTokensRequest.ts';
import type { ListTokensResponse as _seawall_v1_ListTokensResponse, ListTokensResponse__Output as _seawall_v1_ListTokensResponse__Output } from './seawall/v1/ListTokensResponse.ts';
import type { ListUsersRequest as _seawall_v1_ListUsersRequest, ListUsersRequest__Output as _seawall_v1_ListUsersRequest__Output } from './seawall/v1/ListUsersRequest.ts';
import type { ListUsersResponse as _seawall_v1_ListUsersResponse, ListUsersResponse__Output as _seawall_v1_ListUsersResponse__Output } from './seawall/v1/ListUsersResponse.ts';
import type { ManifestFile as _seawall_v1_ManifestFile, ManifestFile__Output as _seawall_v1_ManifestFile__Output } from './seawall/v1/ManifestFile.ts';
import type { ObjectChange as _seawall_v1_ObjectChange, ObjectChange__Output as _seawall_v1_ObjectChange__Output } from './seawall/v1/ObjectChange.ts';
import type { ObjectName as _seawall_v1_ObjectName, ObjectName__Output as _seawall_v1_ObjectName__Output } from './seawall/v1/ObjectName.ts';
import type { PreviewProgress as _seawall_v1_PreviewProgress, PreviewProgress__Output as _seawall_v1_PreviewProgress__Output } from './seawall/v1/PreviewProgress.ts';
import type { PreviewResponse as _seawall_v1_PreviewResponse, PreviewResponse__Output as _seawall_v1_PreviewResponse__Output } from './seawall/v1/PreviewResponse.ts';
import type { RevokeTokenRequest as _seawall_v1_RevokeTokenRequest, RevokeTokenRequest__Output as _seawall_v1_RevokeTokenRequest__Output } from './seawall/v1/RevokeTokenRequest.ts';
import type { RevokeTokenResponse as _seawall_v1_RevokeTokenResponse, RevokeTokenResponse__Output as _seawall_v1_RevokeTokenResponse__Output } from './seawall/v1/RevokeTokenResponse.ts';
import type { RevokeUserRequest as _seawall_v1_RevokeUserRequest, RevokeUserRequest__Output as _seawall_v1_RevokeUserRequest__Output } from './seawall/v1/RevokeUserRequest.ts';
import type { RevokeUserResponse as _seawall_v1_RevokeUserResponse, RevokeUserResponse__Output as _seawall_v1_RevokeUserResponse__Output } from './seawall/v1/RevokeUserResponse.ts';
import type { RolloutRequest as _seawall_v1_RolloutRequest, RolloutRequest__Output as _seawall_v1_RolloutRequest__Output } from './seawall/v1/RolloutRequest.ts';
import type { SealedRevision as _seawall_v1_SealedRevision, SealedRevision__Output as _seawall_v1_SealedRevision__Output } from './seawall/v1/SealedRevision.ts';
import type { SetHostRequest as _seawall_v1_SetHostRequest, SetHostRequest__Output as _seawall_v1_SetHostRequest__Output } from './seawall/v1/SetHostRequest.ts';
import type { StoredObject as _seawall_v1_StoredObject, StoredObject__Output as _seawall_v1_StoredObject__Output } from './seawall/v1/StoredObject.ts';
import type { TraceRequest as _seawall_v1_TraceRequest, TraceRequest__Output as _seawall_v1_TraceRequest__Output } from './seawall/v1/TraceRequest.ts';
import type { UndoRequest as _seawall_v1_UndoRequest, UndoRequest__Output as _seawall_v1_UndoRequest__Output } from './seawall/v1/UndoRequest.ts';
import type { User as _seawall_v1_User, User__Output as _seawall_v1_User__Output } from './seawall/v1/User.ts';
import type { VersionRequest as _seawall_v1_VersionRequest, VersionRequest__Output as _seawall_v1_VersionRequest__Output } from './seawall/v1/VersionRequest.ts';
import type { VersionResponse as _seawall_v1_VersionResponse, VersionResponse__Output as _seawall_v1_VersionResponse__Output } from './seawall/v1/VersionResponse.ts';
import type { WhoAmIRequest as _seawall_v1_WhoAmIRequest, WhoAmIRequest__Output as _seawall_v1_WhoAmIRequest__Output } from './seawall/v1/WhoAmIRequest.ts';
import type { WhoAmIResponse as _seawall_v1_WhoAmIResponse, WhoAmIResponse__Output as _seawall_v1_WhoAmIResponse__Output } from './seawall/v1/WhoAmIResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  seawall: {
    v1: {
      ApplyRequest: MessageTypeDefinition<_seawall_v1_ApplyRequest, _seawall_v1_ApplyRequest__Output>
      ApplyResponse: MessageTypeDefinition<_seawall_v1_ApplyResponse, _seawall_v1_ApplyResponse__Output>
      ChangeRolloutRequest: MessageTypeDefinition<_seawall_v1_ChangeRolloutRequest, _seawall_v1_ChangeRolloutRequest__Output>
      ClientService: SubtypeConstructor<typeof grpc.Client, _seawall_v1_ClientServiceClient> & { service: _seawall_v1_ClientServiceDefinition }
      ComplianceRequest: MessageTypeDefinition<_seawall_v1_ComplianceRequest, _seawall_v1_ComplianceRequest__Output>
      CreateTokenRequest: MessageTypeDefinition<_seawall_v1_CreateTokenRequest, _seawall_v1_CreateTokenRequest__Output>
      CreateTokenResponse: MessageTypeDefinition<_seawall_v1_CreateTokenResponse, _seawall_v1_CreateTokenResponse__Output>
      CreateUserRequest: MessageTypeDefinition<_seawall_v1_CreateUserRequest, _seawall_v1_CreateUserRequest__Output>
      CreateUserResponse: MessageTypeDefinition<_seawall_v1_CreateUserResponse, _seawall_v1_CreateUserResponse__Output>
      DeleteHostRequest: MessageTypeDefinition<_seawall_v1_DeleteHostRequest, _seawall_v1_DeleteHostRequest__Output>
      DeleteHostResponse: MessageTypeDefinition<_seawall_v1_DeleteHostResponse, _seawall_v1_DeleteHostResponse__Output>
      DeleteRequest: MessageTypeDefinition<_seawall_v1_DeleteRequest, _seawall_v1_DeleteRequest__Output>
      DiffRequest: MessageTypeDefinition<_seawall_v1_DiffRequest, _seawall_v1_DiffRequest__Output>
      DiffResponse: MessageTypeDefinition<_seawall_v1_DiffResponse, _seawall_v1_DiffResponse__Output>
      DocumentResponse: MessageTypeDefinition<_seawall_v1_DocumentResponse, _seawall_v1_DocumentResponse__Output>
      EventsHead: MessageTypeDefinition<_seawall_v1_EventsHead, _seawall_v1_EventsHead__Output>
      EventsRequest: MessageTypeDefinition<_seawall_v1_EventsRequest, _seawall_v1_EventsRequest__Output>
      EventsResponse: MessageTypeDefinition<_seawall_v1_EventsResponse, _seawall_v1_EventsResponse__Output>
      ExposureRequest: MessageTypeDefinition<_seawall_v1_ExposureRequest, _seawall_v1_ExposureRequest__Output>
      FieldChange: MessageTypeDefinition<_seawall_v1_FieldChange, _seawall_v1_FieldChange__Output>
      FleetEvent: MessageTypeDefinition<_seawall_v1_FleetEvent, _seawall_v1_FleetEvent__Output>
      FleetFlowsRequest: MessageTypeDefinition<_seawall_v1_FleetFlowsRequest, _seawall_v1_FleetFlowsRequest__Output>
      FleetFlowsResponse: MessageTypeDefinition<_seawall_v1_FleetFlowsResponse, _seawall_v1_FleetFlowsResponse__Output>
      Flow: MessageTypeDefinition<_seawall_v1_Flow, _seawall_v1_Flow__Output>
      FlowEnd: MessageTypeDefinition<_seawall_v1_FlowEnd, _seawall_v1_FlowEnd__Output>
      FlowReport: MessageTypeDefinition<_seawall_v1_FlowReport, _seawall_v1_FlowReport__Output>
      GetRequest: MessageTypeDefinition<_seawall_v1_GetRequest, _seawall_v1_GetRequest__Output>
      GetResponse: MessageTypeDefinition<_seawall_v1_GetResponse, _seawall_v1_GetResponse__Output>
      HistoryHead: MessageTypeDefinition<_seawall_v1_HistoryHead, _seawall_v1_HistoryHead__Output>
      HistoryRequest: MessageTypeDefinition<_seawall_v1_HistoryRequest, _seawall_v1_HistoryRequest__Output>
      HistoryResponse: MessageTypeDefinition<_seawall_v1_HistoryResponse, _seawall_v1_HistoryResponse__Output>
      HostDiff: MessageTypeDefinition<_seawall_v1_HostDiff, _seawall_v1_HostDiff__Output>
      HostUnasked: MessageTypeDefinition<_seawall_v1_HostUnasked, _seawall_v1_HostUnasked__Output>
      Issue: MessageTypeDefinition<_seawall_v1_Issue, _seawall_v1_Issue__Output>
      JoinToken: MessageTypeDefinition<_seawall_v1_JoinToken, _seawall_v1_JoinToken__Output>
      LabelHostRequest: MessageTypeDefinition<_seawall_v1_LabelHostRequest, _seawall_v1_LabelHostRequest__Output>
      ListTokensRequest: MessageTypeDefinition<_seawall_v1_ListTokensRequest, _seawall_v1_ListTokensRequest__Output>
      ListTokensResponse: MessageTypeDefinition<_seawall_v1_ListTokensResponse, _seawall_v1_ListTokensResponse__Output>
      ListUsersRequest: MessageTypeDefinition<_seawall_v1_ListUsersRequest, _seawall_v1_ListUsersRequest__Output>
      ListUsersResponse: MessageTypeDefinition<_seawall_v1_ListUsersResponse, _seawall_v1_ListUsersResponse__Output>
      ManifestFile: MessageTypeDefinition<_seawall_v1_ManifestFile, _seawall_v1_ManifestFile__Output>
      ObjectChange: MessageTypeDefinition<_seawall_v1_ObjectChange, _seawall_v1_ObjectChange__Output>
      ObjectName: MessageTypeDefinition<_seawall_v1_ObjectName, _seawall_v1_ObjectName__Output>
      PreviewProgress: MessageTypeDefinition<_seawall_v1_PreviewProgress, _seawall_v1_PreviewProgress__Output>
      PreviewResponse: MessageTypeDefinition<_seawall_v1_PreviewResponse, _seawall_v1_PreviewResponse__Output>
      RevokeTokenRequest: MessageTypeDefinition<_seawall_v1_RevokeTokenRequest, _seawall_v1_RevokeTokenRequest__Output>
      RevokeTokenResponse: MessageTypeDefinition<_seawall_v1_RevokeTokenResponse, _seawall_v1_RevokeTokenResponse__Output>
      RevokeUserRequest: MessageTypeDefinition<_seawall_v1_RevokeUserRequest, _seawall_v1_RevokeUserRequest__Output>
      RevokeUserResponse: MessageTypeDefinition<_seawall_v1_RevokeUserResponse, _seawall_v1_RevokeUserResponse__Output>
      RolloutRequest: MessageTypeDefinition<_seawall_v1_RolloutRequest, _seawall_v1_RolloutRequest__Output>
      SealedRevision: MessageTypeDefinition<_seawall_v1_SealedRevision, _seawall_v1_SealedRevision__Output>
      SetHostRequest: MessageTypeDefinition<_seawall_v1_SetHostRequest, _seawall_v1_SetHostRequest__Output>
      StoredObject: MessageTypeDefinition<_seawall_v1_StoredObject, _seawall_v1_StoredObject__Output>
      TraceRequest: MessageTypeDefinition<_seawall_v1_TraceRequest, _seawall_v1_TraceRequest__Output>
      UndoRequest: MessageTypeDefinition<_seawall_v1_UndoRequest, _seawall_v1_UndoRequest__Output>
      User: MessageTypeDefinition<_seawall_v1_User, _seawall_v1_User__Output>
      VersionRequest: MessageTypeDefinition<_seawall_v1_VersionRequest, _seawall_v1_VersionRequest__Output>
      VersionResponse: MessageTypeDefinition<_seawall_v1_VersionResponse, _seawall_v1_VersionResponse__Output>
      WhoAmIRequest: MessageTypeDefinition<_seawall_v1_WhoAmIRequest, _seawall_v1_WhoAmIRequest__Output>
      WhoAmIResponse: MessageTypeDefinition<_seawall_v1_WhoAmIResponse, _seawall_v1_WhoAmIResponse__Output>
    }
  }
}

