// Original file: proto/seawall/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

/**
 * What became of live connections when they were judged again.
 */
export interface Connections {
  /**
   * how many were cut when some were last; 0 = none since the agent began
   */
  'cut'?: (number | string | Long);
  /**
   * by the host's clock; 0 = never
   */
  'cutAtMs'?: (number | string | Long);
  /**
   * may be denied, which cannot be told; left open
   */
  'notJudged'?: (number | string | Long);
}

/**
 * What became of live connections when they were judged again.
 */
export interface Connections__Output {
  /**
   * how many were cut when some were last; 0 = none since the agent began
   */
  'cut': (number);
  /**
   * by the host's clock; 0 = never
   */
  'cutAtMs': (number);
  /**
   * may be denied, which cannot be told; left open
   */
  'notJudged': (number);
}
