// Original file: proto/seawall/v1/flow.proto

import type { Flow as _seawall_v1_Flow, Flow__Output as _seawall_v1_Flow__Output } from '../../seawall/v1/Flow.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * Flows that are new, or have grown since they were last told of.
 */
export interface FlowReport {
  'flows'?: (_seawall_v1_Flow)[];
  /**
   * packets since it began that these rules matched and no flow tells of
   */
  'leftOut'?: (number | string | Long);
  /**
   * nothing follows
   */
  'last'?: (boolean);
}

/**
 * Flows that are new, or have grown since they were last told of.
 */
export interface FlowReport__Output {
  'flows': (_seawall_v1_Flow__Output)[];
  /**
   * packets since it began that these rules matched and no flow tells of
   */
  'leftOut': (number);
  /**
   * nothing follows
   */
  'last': (boolean);
}
