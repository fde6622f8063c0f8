// Original file: proto/seawall/v1/agent.proto

import type { Welcome as _seawall_v1_Welcome, Welcome__Output as _seawall_v1_Welcome__Output } from '../../seawall/v1/Welcome.ts';
import type { Request as _seawall_v1_Request, Request__Output as _seawall_v1_Request__Output } from '../../seawall/v1/Request.ts';
import type { Cancel as _seawall_v1_Cancel, Cancel__Output as _seawall_v1_Cancel__Output } from '../../seawall/v1/Cancel.ts';

export interface ControllerMessage {
  /**
   * first message of every stream
   */
  'welcome'?: (_seawall_v1_Welcome | null);
  'request'?: (_seawall_v1_Request | null);
  'cancel'?: (_seawall_v1_Cancel | null);
  'kind'?: "welcome"|"request"|"cancel";
}

export interface ControllerMessage__Output {
  /**
   * first message of every stream
   */
  'welcome'?: (_seawall_v1_Welcome__Output | null);
  'request'?: (_seawall_v1_Request__Output | null);
  'cancel'?: (_seawall_v1_Cancel__Output | null);
  'kind'?: "welcome"|"request"|"cancel";
}
