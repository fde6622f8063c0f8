// Original file: proto/seawall/v1/client.proto

import type { FlowReport as _seawall_v1_FlowReport, FlowReport__Output as _seawall_v1_FlowReport__Output } from '../../seawall/v1/FlowReport.ts';
import type { HostUnasked as _seawall_v1_HostUnasked, HostUnasked__Output as _seawall_v1_HostUnasked__Output } from '../../seawall/v1/HostUnasked.ts';

export interface FleetFlowsResponse {
  'host'?: (string);
  'report'?: (_seawall_v1_FlowReport | null);
  /**
   * it does not tell, for now
   */
  'unasked'?: (_seawall_v1_HostUnasked | null);
  'kind'?: "report"|"unasked";
}

export interface FleetFlowsResponse__Output {
  'host': (string);
  'report'?: (_seawall_v1_FlowReport__Output | null);
  /**
   * it does not tell, for now
   */
  'unasked'?: (_seawall_v1_HostUnasked__Output | null);
  'kind'?: "report"|"unasked";
}
