import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { JoinRequest as _seawall_v1_JoinRequest, JoinRequest__Output as _seawall_v1_JoinRequest__Output } from './seawall/v1/JoinRequest.ts';
import type { JoinResponse as _seawall_v1_JoinResponse, JoinResponse__Output as _seawall_v1_JoinResponse__Output } from './seawall/v1/JoinResponse.ts';
import type { JoinServiceClient as _seawall_v1_JoinServiceClient, JoinServiceDefinition as _seawall_v1_JoinServiceDefinition } from './seawall/v1/JoinService.ts';
import type { SigningKey as _seawall_v1_SigningKey, SigningKey__Output as _seawall_v1_SigningKey__Output } from './seawall/v1/SigningKey.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  seawall: {
    v1: {
      JoinRequest: MessageTypeDefinition<_seawall_v1_JoinRequest, _seawall_v1_JoinRequest__Output>
      JoinResponse: MessageTypeDefinition<_seawall_v1_JoinResponse, _seawall_v1_JoinResponse__Output>
      JoinService: SubtypeConstructor<typeof grpc.Client, _seawall_v1_JoinServiceClient> & { service: _seawall_v1_JoinServiceDefinition }
      SigningKey: MessageTypeDefinition<_seawall_v1_SigningKey, _seawall_v1_SigningKey__Output>
    }
  }
}

