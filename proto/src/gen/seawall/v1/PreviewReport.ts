// Original file: proto/seawall/v1/agent.proto

import type { Inventory as _seawall_v1_Inventory, Inventory__Output as _seawall_v1_Inventory__Output } from '../../seawall/v1/Inventory.ts';
import type { LiveConnection as _seawall_v1_LiveConnection, LiveConnection__Output as _seawall_v1_LiveConnection__Output } from '../../seawall/v1/LiveConnection.ts';
import type { Long } from '@grpc/proto-loader';

export interface PreviewReport {
  /**
   * what the bundle was resolved by, with the own ports that it names
   */
  'inventory'?: (_seawall_v1_Inventory | null);
  /**
   * live connections that are open, and that it denies
   */
  'cut'?: (number | string | Long);
  /**
   * the first of these, at most 20
   */
  'connections'?: (_seawall_v1_LiveConnection)[];
  /**
   * may be denied, which cannot be told: they would be left open
   */
  'notJudged'?: (number | string | Long);
  /**
   * by which it can be announced for a while; empty = not asked for, or this agent knows no announcements
   */
  'id'?: (string);
}

export interface PreviewReport__Output {
  /**
   * what the bundle was resolved by, with the own ports that it names
   */
  'inventory': (_seawall_v1_Inventory__Output | null);
  /**
   * live connections that are open, and that it denies
   */
  'cut': (number);
  /**
   * the first of these, at most 20
   */
  'connections': (_seawall_v1_LiveConnection__Output)[];
  /**
   * may be denied, which cannot be told: they would be left open
   */
  'notJudged': (number);
  /**
   * by which it can be announced for a while; empty = not asked for, or this agent knows no announcements
   */
  'id': (string);
}
