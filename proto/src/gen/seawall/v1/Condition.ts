// Original file: proto/seawall/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

export interface Condition {
  /**
   * PascalCase
   */
  'type'?: (string);
  'status'?: (boolean);
  /**
   * PascalCase, stable, for machines
   */
  'reason'?: (string);
  /**
   * for people
   */
  'message'?: (string);
  'lastTransitionMs'?: (number | string | Long);
}

export interface Condition__Output {
  /**
   * PascalCase
   */
  'type': (string);
  'status': (boolean);
  /**
   * PascalCase, stable, for machines
   */
  'reason': (string);
  /**
   * for people
   */
  'message': (string);
  'lastTransitionMs': (number);
}
