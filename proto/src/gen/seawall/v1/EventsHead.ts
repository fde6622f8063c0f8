// Original file: proto/seawall/v1/client.proto

import type { Long } from '@grpc/proto-loader';

export interface EventsHead {
  /**
   * could not be written since the controller started
   */
  'lost'?: (number | string | Long);
}

export interface EventsHead__Output {
  /**
   * could not be written since the controller started
   */
  'lost': (number);
}
