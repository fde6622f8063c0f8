// Original file: proto/seawall/v1/client.proto

import type { Long } from '@grpc/proto-loader';

export interface CreateUserResponse {
  /**
   * with the CA's behind it
   */
  'certificatePem'?: (string);
  'expiresMs'?: (number | string | Long);
}

export interface CreateUserResponse__Output {
  /**
   * with the CA's behind it
   */
  'certificatePem': (string);
  'expiresMs': (number);
}
