import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AcceptedBundle as _seawall_v1_AcceptedBundle, AcceptedBundle__Output as _seawall_v1_AcceptedBundle__Output } from './seawall/v1/AcceptedBundle.ts';
import type { AgentMessage as _seawall_v1_AgentMessage, AgentMessage__Output as _seawall_v1_AgentMessage__Output } from './seawall/v1/AgentMessage.ts';
import type { AgentServiceClient as _seawall_v1_AgentServiceClient, AgentServiceDefinition as _seawall_v1_AgentServiceDefinition } from './seawall/v1/AgentService.ts';
import type { AnnounceReport as _seawall_v1_AnnounceReport, AnnounceReport__Output as _seawall_v1_AnnounceReport__Output } from './seawall/v1/AnnounceReport.ts';
import type { AnnounceRequest as _seawall_v1_AnnounceRequest, AnnounceRequest__Output as _seawall_v1_AnnounceRequest__Output } from './seawall/v1/AnnounceRequest.ts';
import type { AppliedCuts as _seawall_v1_AppliedCuts, AppliedCuts__Output as _seawall_v1_AppliedCuts__Output } from './seawall/v1/AppliedCuts.ts';
import type { Attachment as _seawall_v1_Attachment, Attachment__Output as _seawall_v1_Attachment__Output } from './seawall/v1/Attachment.ts';
import type { AwaitedPorts as _seawall_v1_AwaitedPorts, AwaitedPorts__Output as _seawall_v1_AwaitedPorts__Output } from './seawall/v1/AwaitedPorts.ts';
import type { Cancel as _seawall_v1_Cancel, Cancel__Output as _seawall_v1_Cancel__Output } from './seawall/v1/Cancel.ts';
import type { Condition as _seawall_v1_Condition, Condition__Output as _seawall_v1_Condition__Output } from './seawall/v1/Condition.ts';
import type { Connections as _seawall_v1_Connections, Connections__Output as _seawall_v1_Connections__Output } from './seawall/v1/Connections.ts';
import type { Container as _seawall_v1_Container, Container__Output as _seawall_v1_Container__Output } from './seawall/v1/Container.ts';
import type { ControllerMessage as _seawall_v1_ControllerMessage, ControllerMessage__Output as _seawall_v1_ControllerMessage__Output } from './seawall/v1/ControllerMessage.ts';
import type { CutConnection as _seawall_v1_CutConnection, CutConnection__Output as _seawall_v1_CutConnection__Output } from './seawall/v1/CutConnection.ts';
import type { DockerProxy as _seawall_v1_DockerProxy, DockerProxy__Output as _seawall_v1_DockerProxy__Output } from './seawall/v1/DockerProxy.ts';
import type { Drift as _seawall_v1_Drift, Drift__Output as _seawall_v1_Drift__Output } from './seawall/v1/Drift.ts';
import type { EngineFacts as _seawall_v1_EngineFacts, EngineFacts__Output as _seawall_v1_EngineFacts__Output } from './seawall/v1/EngineFacts.ts';
import type { Entry as _seawall_v1_Entry, Entry__Output as _seawall_v1_Entry__Output } from './seawall/v1/Entry.ts';
import type { Flow as _seawall_v1_Flow, Flow__Output as _seawall_v1_Flow__Output } from './seawall/v1/Flow.ts';
import type { FlowEnd as _seawall_v1_FlowEnd, FlowEnd__Output as _seawall_v1_FlowEnd__Output } from './seawall/v1/FlowEnd.ts';
import type { FlowReport as _seawall_v1_FlowReport, FlowReport__Output as _seawall_v1_FlowReport__Output } from './seawall/v1/FlowReport.ts';
import type { FlowsRequest as _seawall_v1_FlowsRequest, FlowsRequest__Output as _seawall_v1_FlowsRequest__Output } from './seawall/v1/FlowsRequest.ts';
import type { Hello as _seawall_v1_Hello, Hello__Output as _seawall_v1_Hello__Output } from './seawall/v1/Hello.ts';
import type { HostPort as _seawall_v1_HostPort, HostPort__Output as _seawall_v1_HostPort__Output } from './seawall/v1/HostPort.ts';
import type { HostReport as _seawall_v1_HostReport, HostReport__Output as _seawall_v1_HostReport__Output } from './seawall/v1/HostReport.ts';
import type { Inventory as _seawall_v1_Inventory, Inventory__Output as _seawall_v1_Inventory__Output } from './seawall/v1/Inventory.ts';
import type { Limit as _seawall_v1_Limit, Limit__Output as _seawall_v1_Limit__Output } from './seawall/v1/Limit.ts';
import type { LiveConnection as _seawall_v1_LiveConnection, LiveConnection__Output as _seawall_v1_LiveConnection__Output } from './seawall/v1/LiveConnection.ts';
import type { ManagementBinding as _seawall_v1_ManagementBinding, ManagementBinding__Output as _seawall_v1_ManagementBinding__Output } from './seawall/v1/ManagementBinding.ts';
import type { Network as _seawall_v1_Network, Network__Output as _seawall_v1_Network__Output } from './seawall/v1/Network.ts';
import type { ObserveRequest as _seawall_v1_ObserveRequest, ObserveRequest__Output as _seawall_v1_ObserveRequest__Output } from './seawall/v1/ObserveRequest.ts';
import type { PolicyStatus as _seawall_v1_PolicyStatus, PolicyStatus__Output as _seawall_v1_PolicyStatus__Output } from './seawall/v1/PolicyStatus.ts';
import type { PreviewReport as _seawall_v1_PreviewReport, PreviewReport__Output as _seawall_v1_PreviewReport__Output } from './seawall/v1/PreviewReport.ts';
import type { PreviewRequest as _seawall_v1_PreviewRequest, PreviewRequest__Output as _seawall_v1_PreviewRequest__Output } from './seawall/v1/PreviewRequest.ts';
import type { PublishedPort as _seawall_v1_PublishedPort, PublishedPort__Output as _seawall_v1_PublishedPort__Output } from './seawall/v1/PublishedPort.ts';
import type { RenewRequest as _seawall_v1_RenewRequest, RenewRequest__Output as _seawall_v1_RenewRequest__Output } from './seawall/v1/RenewRequest.ts';
import type { RenewResponse as _seawall_v1_RenewResponse, RenewResponse__Output as _seawall_v1_RenewResponse__Output } from './seawall/v1/RenewResponse.ts';
import type { Reply as _seawall_v1_Reply, Reply__Output as _seawall_v1_Reply__Output } from './seawall/v1/Reply.ts';
import type { Request as _seawall_v1_Request, Request__Output as _seawall_v1_Request__Output } from './seawall/v1/Request.ts';
import type { RequestError as _seawall_v1_RequestError, RequestError__Output as _seawall_v1_RequestError__Output } from './seawall/v1/RequestError.ts';
import type { RuleCounter as _seawall_v1_RuleCounter, RuleCounter__Output as _seawall_v1_RuleCounter__Output } from './seawall/v1/RuleCounter.ts';
import type { Suspect as _seawall_v1_Suspect, Suspect__Output as _seawall_v1_Suspect__Output } from './seawall/v1/Suspect.ts';
import type { Versions as _seawall_v1_Versions, Versions__Output as _seawall_v1_Versions__Output } from './seawall/v1/Versions.ts';
import type { Welcome as _seawall_v1_Welcome, Welcome__Output as _seawall_v1_Welcome__Output } from './seawall/v1/Welcome.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  seawall: {
    v1: {
      AcceptedBundle: MessageTypeDefinition<_seawall_v1_AcceptedBundle, _seawall_v1_AcceptedBundle__Output>
      AgentMessage: MessageTypeDefinition<_seawall_v1_AgentMessage, _seawall_v1_AgentMessage__Output>
      AgentService: SubtypeConstructor<typeof grpc.Client, _seawall_v1_AgentServiceClient> & { service: _seawall_v1_AgentServiceDefinition }
      AnnounceReport: MessageTypeDefinition<_seawall_v1_AnnounceReport, _seawall_v1_AnnounceReport__Output>
      AnnounceRequest: MessageTypeDefinition<_seawall_v1_AnnounceRequest, _seawall_v1_AnnounceRequest__Output>
      AppliedCuts: MessageTypeDefinition<_seawall_v1_AppliedCuts, _seawall_v1_AppliedCuts__Output>
      Attachment: MessageTypeDefinition<_seawall_v1_Attachment, _seawall_v1_Attachment__Output>
      AwaitedPorts: MessageTypeDefinition<_seawall_v1_AwaitedPorts, _seawall_v1_AwaitedPorts__Output>
      Cancel: MessageTypeDefinition<_seawall_v1_Cancel, _seawall_v1_Cancel__Output>
      Condition: MessageTypeDefinition<_seawall_v1_Condition, _seawall_v1_Condition__Output>
      Connections: MessageTypeDefinition<_seawall_v1_Connections, _seawall_v1_Connections__Output>
      Container: MessageTypeDefinition<_seawall_v1_Container, _seawall_v1_Container__Output>
      ControllerMessage: MessageTypeDefinition<_seawall_v1_ControllerMessage, _seawall_v1_ControllerMessage__Output>
      CutConnection: MessageTypeDefinition<_seawall_v1_CutConnection, _seawall_v1_CutConnection__Output>
      DockerProxy: MessageTypeDefinition<_seawall_v1_DockerProxy, _seawall_v1_DockerProxy__Output>
      Drift: MessageTypeDefinition<_seawall_v1_Drift, _seawall_v1_Drift__Output>
      EngineFacts: MessageTypeDefinition<_seawall_v1_EngineFacts, _seawall_v1_EngineFacts__Output>
      Entry: MessageTypeDefinition<_seawall_v1_Entry, _seawall_v1_Entry__Output>
      Flow: MessageTypeDefinition<_seawall_v1_Flow, _seawall_v1_Flow__Output>
      FlowEnd: MessageTypeDefinition<_seawall_v1_FlowEnd, _seawall_v1_FlowEnd__Output>
      FlowReport: MessageTypeDefinition<_seawall_v1_FlowReport, _seawall_v1_FlowReport__Output>
      FlowsRequest: MessageTypeDefinition<_seawall_v1_FlowsRequest, _seawall_v1_FlowsRequest__Output>
      Hello: MessageTypeDefinition<_seawall_v1_Hello, _seawall_v1_Hello__Output>
      HostPort: MessageTypeDefinition<_seawall_v1_HostPort, _seawall_v1_HostPort__Output>
      HostReport: MessageTypeDefinition<_seawall_v1_HostReport, _seawall_v1_HostReport__Output>
      HostState: EnumTypeDefinition
      Inventory: MessageTypeDefinition<_seawall_v1_Inventory, _seawall_v1_Inventory__Output>
      Limit: MessageTypeDefinition<_seawall_v1_Limit, _seawall_v1_Limit__Output>
      LiveConnection: MessageTypeDefinition<_seawall_v1_LiveConnection, _seawall_v1_LiveConnection__Output>
      ManagementBinding: MessageTypeDefinition<_seawall_v1_ManagementBinding, _seawall_v1_ManagementBinding__Output>
      Network: MessageTypeDefinition<_seawall_v1_Network, _seawall_v1_Network__Output>
      ObserveRequest: MessageTypeDefinition<_seawall_v1_ObserveRequest, _seawall_v1_ObserveRequest__Output>
      PolicyStatus: MessageTypeDefinition<_seawall_v1_PolicyStatus, _seawall_v1_PolicyStatus__Output>
      PreviewReport: MessageTypeDefinition<_seawall_v1_PreviewReport, _seawall_v1_PreviewReport__Output>
      PreviewRequest: MessageTypeDefinition<_seawall_v1_PreviewRequest, _seawall_v1_PreviewRequest__Output>
      PublishedPort: MessageTypeDefinition<_seawall_v1_PublishedPort, _seawall_v1_PublishedPort__Output>
      RenewRequest: MessageTypeDefinition<_seawall_v1_RenewRequest, _seawall_v1_RenewRequest__Output>
      RenewResponse: MessageTypeDefinition<_seawall_v1_RenewResponse, _seawall_v1_RenewResponse__Output>
      Reply: MessageTypeDefinition<_seawall_v1_Reply, _seawall_v1_Reply__Output>
      Request: MessageTypeDefinition<_seawall_v1_Request, _seawall_v1_Request__Output>
      RequestError: MessageTypeDefinition<_seawall_v1_RequestError, _seawall_v1_RequestError__Output>
      RuleCounter: MessageTypeDefinition<_seawall_v1_RuleCounter, _seawall_v1_RuleCounter__Output>
      Suspect: MessageTypeDefinition<_seawall_v1_Suspect, _seawall_v1_Suspect__Output>
      Versions: MessageTypeDefinition<_seawall_v1_Versions, _seawall_v1_Versions__Output>
      Welcome: MessageTypeDefinition<_seawall_v1_Welcome, _seawall_v1_Welcome__Output>
    }
  }
}

