// Original file: proto/seawall/v1/agent.proto

import type { CutConnection as _seawall_v1_CutConnection, CutConnection__Output as _seawall_v1_CutConnection__Output } from '../../seawall/v1/CutConnection.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * Which live connections were cut when a revision came into force here, by its first bundle.
 */
export interface AppliedCuts {
  'epoch'?: (number | string | Long);
  'revision'?: (number | string | Long);
  'cut'?: (number | string | Long);
  /**
   * of these, outside of what was announced for this host
   */
  'unannounced'?: (number | string | Long);
  /**
   * whether exactly this change was
   */
  'announced'?: (boolean);
  /**
   * of the unannounced ones, at most 5
   */
  'first'?: (_seawall_v1_CutConnection)[];
}

/**
 * Which live connections were cut when a revision came into force here, by its first bundle.
 */
export interface AppliedCuts__Output {
  'epoch': (number);
  'revision': (number);
  'cut': (number);
  /**
   * of these, outside of what was announced for this host
   */
  'unannounced': (number);
  /**
   * whether exactly this change was
   */
  'announced': (boolean);
  /**
   * of the unannounced ones, at most 5
   */
  'first': (_seawall_v1_CutConnection__Output)[];
}
