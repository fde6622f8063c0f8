// Original file: proto/seawall/v1/client.proto

import type { Long } from '@grpc/proto-loader';

export interface UndoRequest {
  /**
   * 0 = what hosts had before the newest rollout
   */
  'to'?: (number | string | Long);
  'dryRun'?: (boolean);
  'message'?: (string);
}

export interface UndoRequest__Output {
  /**
   * 0 = what hosts had before the newest rollout
   */
  'to': (number);
  'dryRun': (boolean);
  'message': (string);
}
