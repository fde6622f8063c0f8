// Original file: proto/seawall/v1/join.proto

import type { SigningKey as _seawall_v1_SigningKey, SigningKey__Output as _seawall_v1_SigningKey__Output } from '../../seawall/v1/SigningKey.ts';

export interface JoinResponse {
  'certificateDer'?: (Buffer | Uint8Array | string);
  'caDer'?: (Buffer | Uint8Array | string);
  'natsJwt'?: (string);
  /**
   * host:port
   */
  'natsUrl'?: (string);
  /**
   * host:port of AgentService
   */
  'controllerAddress'?: (string);
  'signingKeys'?: (_seawall_v1_SigningKey)[];
}

export interface JoinResponse__Output {
  'certificateDer': (Buffer);
  'caDer': (Buffer);
  'natsJwt': (string);
  /**
   * host:port
   */
  'natsUrl': (string);
  /**
   * host:port of AgentService
   */
  'controllerAddress': (string);
  'signingKeys': (_seawall_v1_SigningKey__Output)[];
}
