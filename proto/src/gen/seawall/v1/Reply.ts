// Original file: proto/seawall/v1/agent.proto

import type { HostReport as _seawall_v1_HostReport, HostReport__Output as _seawall_v1_HostReport__Output } from '../../seawall/v1/HostReport.ts';
import type { FlowReport as _seawall_v1_FlowReport, FlowReport__Output as _seawall_v1_FlowReport__Output } from '../../seawall/v1/FlowReport.ts';
import type { PreviewReport as _seawall_v1_PreviewReport, PreviewReport__Output as _seawall_v1_PreviewReport__Output } from '../../seawall/v1/PreviewReport.ts';
import type { AnnounceReport as _seawall_v1_AnnounceReport, AnnounceReport__Output as _seawall_v1_AnnounceReport__Output } from '../../seawall/v1/AnnounceReport.ts';
import type { RequestError as _seawall_v1_RequestError, RequestError__Output as _seawall_v1_RequestError__Output } from '../../seawall/v1/RequestError.ts';
import type { Long } from '@grpc/proto-loader';

export interface Reply {
  'id'?: (number | string | Long);
  'observe'?: (_seawall_v1_HostReport | null);
  /**
   * one a second at most; the one with `last` ends the request
   */
  'flows'?: (_seawall_v1_FlowReport | null);
  'preview'?: (_seawall_v1_PreviewReport | null);
  'announce'?: (_seawall_v1_AnnounceReport | null);
  'error'?: (_seawall_v1_RequestError | null);
  'result'?: "observe"|"flows"|"preview"|"announce"|"error";
}

export interface Reply__Output {
  'id': (number);
  'observe'?: (_seawall_v1_HostReport__Output | null);
  /**
   * one a second at most; the one with `last` ends the request
   */
  'flows'?: (_seawall_v1_FlowReport__Output | null);
  'preview'?: (_seawall_v1_PreviewReport__Output | null);
  'announce'?: (_seawall_v1_AnnounceReport__Output | null);
  'error'?: (_seawall_v1_RequestError__Output | null);
  'result'?: "observe"|"flows"|"preview"|"announce"|"error";
}
