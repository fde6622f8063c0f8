// Original file: proto/seawall/v1/agent.proto

import type { Hello as _seawall_v1_Hello, Hello__Output as _seawall_v1_Hello__Output } from '../../seawall/v1/Hello.ts';
import type { HostReport as _seawall_v1_HostReport, HostReport__Output as _seawall_v1_HostReport__Output } from '../../seawall/v1/HostReport.ts';
import type { Reply as _seawall_v1_Reply, Reply__Output as _seawall_v1_Reply__Output } from '../../seawall/v1/Reply.ts';

export interface AgentMessage {
  /**
   * first message of every stream
   */
  'hello'?: (_seawall_v1_Hello | null);
  'report'?: (_seawall_v1_HostReport | null);
  /**
   * answers ControllerMessage.request
   */
  'reply'?: (_seawall_v1_Reply | null);
  'kind'?: "hello"|"report"|"reply";
}

export interface AgentMessage__Output {
  /**
   * first message of every stream
   */
  'hello'?: (_seawall_v1_Hello__Output | null);
  'report'?: (_seawall_v1_HostReport__Output | null);
  /**
   * answers ControllerMessage.request
   */
  'reply'?: (_seawall_v1_Reply__Output | null);
  'kind'?: "hello"|"report"|"reply";
}
