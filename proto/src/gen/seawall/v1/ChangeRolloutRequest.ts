// Original file: proto/seawall/v1/client.proto

import type { Long } from '@grpc/proto-loader';

export interface ChangeRolloutRequest {
  /**
   * pause | resume | promote | abort | confirm
   */
  'action'?: (string);
  /**
   * ABORTED unless the newest rollout is of this one; 0 = whatever it is
   */
  'revision'?: (number | string | Long);
}

export interface ChangeRolloutRequest__Output {
  /**
   * pause | resume | promote | abort | confirm
   */
  'action': (string);
  /**
   * ABORTED unless the newest rollout is of this one; 0 = whatever it is
   */
  'revision': (number);
}
