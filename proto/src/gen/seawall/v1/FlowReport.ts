// Original file: proto/seawall/v1/flow.proto

import type { Flow as _seawall_v1_Flow, Flow__Output as _seawall_v1_Flow__Output } from '../../seawall/v1/Flow.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * What is new since the last report.
 */
export interface FlowReport {
  'flows'?: (_seawall_v1_Flow)[];
  /**
   * packets since the first report that these rules matched and no flow tells of
   */
  'leftOut'?: (number | string | Long);
  /**
   * nothing follows
   */
  'last'?: (boolean);
}

/**
 * What is new since the last report.
 */
export interface FlowReport__Output {
  'flows': (_seawall_v1_Flow__Output)[];
  /**
   * packets since the first report that these rules matched and no flow tells of
   */
  'leftOut': (number);
  /**
   * nothing follows
   */
  'last': (boolean);
}
