// Original file: proto/seawall/v1/join.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { JoinRequest as _seawall_v1_JoinRequest, JoinRequest__Output as _seawall_v1_JoinRequest__Output } from '../../seawall/v1/JoinRequest.ts';
import type { JoinResponse as _seawall_v1_JoinResponse, JoinResponse__Output as _seawall_v1_JoinResponse__Output } from '../../seawall/v1/JoinResponse.ts';

export interface JoinServiceClient extends grpc.Client {
  Join(argument: _seawall_v1_JoinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  Join(argument: _seawall_v1_JoinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  Join(argument: _seawall_v1_JoinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  Join(argument: _seawall_v1_JoinRequest, callback: grpc.requestCallback<_seawall_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _seawall_v1_JoinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _seawall_v1_JoinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_seawall_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _seawall_v1_JoinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_seawall_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _seawall_v1_JoinRequest, callback: grpc.requestCallback<_seawall_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface JoinServiceHandlers extends grpc.UntypedServiceImplementation {
  Join: grpc.handleUnaryCall<_seawall_v1_JoinRequest__Output, _seawall_v1_JoinResponse>;
  
}

export interface JoinServiceDefinition extends grpc.ServiceDefinition {
  Join: MethodDefinition<_seawall_v1_JoinRequest, _seawall_v1_JoinResponse, _seawall_v1_JoinRequest__Output, _seawall_v1_JoinResponse__Output>
}
