// Original file: proto/seawall/v1/agent.proto

import type { LiveConnection as _seawall_v1_LiveConnection, LiveConnection__Output as _seawall_v1_LiveConnection__Output } from '../../seawall/v1/LiveConnection.ts';

export interface CutConnection {
  'connection'?: (_seawall_v1_LiveConnection | null);
  /**
   * that denies it
   */
  'policy'?: (string);
  /**
   * its name or position, or "default"; both empty: it is held
   */
  'rule'?: (string);
}

export interface CutConnection__Output {
  'connection': (_seawall_v1_LiveConnection__Output | null);
  /**
   * that denies it
   */
  'policy': (string);
  /**
   * its name or position, or "default"; both empty: it is held
   */
  'rule': (string);
}
