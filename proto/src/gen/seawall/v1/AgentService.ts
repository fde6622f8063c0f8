// Original file: proto/seawall/v1/agent.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AgentMessage as _seawall_v1_AgentMessage, AgentMessage__Output as _seawall_v1_AgentMessage__Output } from '../../seawall/v1/AgentMessage.ts';
import type { ControllerMessage as _seawall_v1_ControllerMessage, ControllerMessage__Output as _seawall_v1_ControllerMessage__Output } from '../../seawall/v1/ControllerMessage.ts';
import type { RenewRequest as _seawall_v1_RenewRequest, RenewRequest__Output as _seawall_v1_RenewRequest__Output } from '../../seawall/v1/RenewRequest.ts';
import type { RenewResponse as _seawall_v1_RenewResponse, RenewResponse__Output as _seawall_v1_RenewResponse__Output } from '../../seawall/v1/RenewResponse.ts';

export interface AgentServiceClient extends grpc.Client {
  /**
   * One stream per agent, opened by the agent. Reports go up; requests go down.
   * A newer stream of the same host, once it has said hello, ends the older one with ABORTED.
   */
  Connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_seawall_v1_AgentMessage, _seawall_v1_ControllerMessage__Output>;
  Connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_seawall_v1_AgentMessage, _seawall_v1_ControllerMessage__Output>;
  /**
   * One stream per agent, opened by the agent. Reports go up; requests go down.
   * A newer stream of the same host, once it has said hello, ends the older one with ABORTED.
   */
  connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_seawall_v1_AgentMessage, _seawall_v1_ControllerMessage__Output>;
  connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_seawall_v1_AgentMessage, _seawall_v1_ControllerMessage__Output>;
  
  /**
   * A new certificate and new NATS credentials for the caller's own name.
   */
  Renew(argument: _seawall_v1_RenewRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  Renew(argument: _seawall_v1_RenewRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  Renew(argument: _seawall_v1_RenewRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  Renew(argument: _seawall_v1_RenewRequest, callback: grpc.requestCallback<_seawall_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  /**
   * A new certificate and new NATS credentials for the caller's own name.
   */
  renew(argument: _seawall_v1_RenewRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  renew(argument: _seawall_v1_RenewRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  renew(argument: _seawall_v1_RenewRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  renew(argument: _seawall_v1_RenewRequest, callback: grpc.requestCallback<_seawall_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface AgentServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * One stream per agent, opened by the agent. Reports go up; requests go down.
   * A newer stream of the same host, once it has said hello, ends the older one with ABORTED.
   */
  Connect: grpc.handleBidiStreamingCall<_seawall_v1_AgentMessage__Output, _seawall_v1_ControllerMessage>;
  
  /**
   * A new certificate and new NATS credentials for the caller's own name.
   */
  Renew: grpc.handleUnaryCall<_seawall_v1_RenewRequest__Output, _seawall_v1_RenewResponse>;
  
}

export interface AgentServiceDefinition extends grpc.ServiceDefinition {
  Connect: MethodDefinition<_seawall_v1_AgentMessage, _seawall_v1_ControllerMessage, _seawall_v1_AgentMessage__Output, _seawall_v1_ControllerMessage__Output>
  Renew: MethodDefinition<_seawall_v1_RenewRequest, _seawall_v1_RenewResponse, _seawall_v1_RenewRequest__Output, _seawall_v1_RenewResponse__Output>
}
