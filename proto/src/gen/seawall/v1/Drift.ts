// Original file: proto/seawall/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

export interface Drift {
  'detectedMs'?: (number | string | Long);
  /**
   * 0 = not yet
   */
  'repairedMs'?: (number | string | Long);
  'family'?: (string);
  /**
   * what differed, in words
   */
  'what'?: (string);
}

export interface Drift__Output {
  'detectedMs': (number);
  /**
   * 0 = not yet
   */
  'repairedMs': (number);
  'family': (string);
  /**
   * what differed, in words
   */
  'what': (string);
}
