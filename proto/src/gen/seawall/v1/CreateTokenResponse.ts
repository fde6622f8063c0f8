// Original file: proto/seawall/v1/client.proto

import type { Long } from '@grpc/proto-loader';

export interface CreateTokenResponse {
  /**
   * SW1.<ca sha256>.<id>.<secret>
   */
  'token'?: (string);
  'expiresMs'?: (number | string | Long);
  /**
   * host:port
   */
  'joinAddress'?: (string);
}

export interface CreateTokenResponse__Output {
  /**
   * SW1.<ca sha256>.<id>.<secret>
   */
  'token': (string);
  'expiresMs': (number);
  /**
   * host:port
   */
  'joinAddress': (string);
}
