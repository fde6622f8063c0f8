// Original file: proto/seawall/v1/client.proto

import type { Long } from '@grpc/proto-loader';

export interface EventsRequest {
  /**
   * empty = every host, and what concerns none
   */
  'host'?: (string);
  /**
   * 0 = all that are kept
   */
  'sinceMs'?: (number | string | Long);
  /**
   * go on until the call is cancelled
   */
  'follow'?: (boolean);
}

export interface EventsRequest__Output {
  /**
   * empty = every host, and what concerns none
   */
  'host': (string);
  /**
   * 0 = all that are kept
   */
  'sinceMs': (number);
  /**
   * go on until the call is cancelled
   */
  'follow': (boolean);
}
