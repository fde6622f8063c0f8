// Original file: proto/seawall/v1/client.proto

import type { Long } from '@grpc/proto-loader';

export interface DiffRequest {
  /**
   * 0 = the fleet before the first
   */
  'from'?: (number | string | Long);
  /**
   * 0 = the newest
   */
  'to'?: (number | string | Long);
}

export interface DiffRequest__Output {
  /**
   * 0 = the fleet before the first
   */
  'from': (number);
  /**
   * 0 = the newest
   */
  'to': (number);
}
