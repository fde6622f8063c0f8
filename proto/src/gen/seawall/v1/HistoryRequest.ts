// Original file: proto/seawall/v1/client.proto

import type { Long } from '@grpc/proto-loader';

export interface HistoryRequest {
  /**
   * 0 = the oldest that is kept
   */
  'from'?: (number | string | Long);
  /**
   * 0 = the newest
   */
  'to'?: (number | string | Long);
  /**
   * false: revisions only
   */
  'objects'?: (boolean);
}

export interface HistoryRequest__Output {
  /**
   * 0 = the oldest that is kept
   */
  'from': (number);
  /**
   * 0 = the newest
   */
  'to': (number);
  /**
   * false: revisions only
   */
  'objects': (boolean);
}
