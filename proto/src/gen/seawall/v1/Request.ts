// Original file: proto/seawall/v1/agent.proto

import type { ObserveRequest as _seawall_v1_ObserveRequest, ObserveRequest__Output as _seawall_v1_ObserveRequest__Output } from '../../seawall/v1/ObserveRequest.ts';
import type { FlowsRequest as _seawall_v1_FlowsRequest, FlowsRequest__Output as _seawall_v1_FlowsRequest__Output } from '../../seawall/v1/FlowsRequest.ts';
import type { PreviewRequest as _seawall_v1_PreviewRequest, PreviewRequest__Output as _seawall_v1_PreviewRequest__Output } from '../../seawall/v1/PreviewRequest.ts';
import type { AnnounceRequest as _seawall_v1_AnnounceRequest, AnnounceRequest__Output as _seawall_v1_AnnounceRequest__Output } from '../../seawall/v1/AnnounceRequest.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * Asks the agent for something now. An agent that does not know the kind
 * answers with Reply.error code UNIMPLEMENTED.
 */
export interface Request {
  /**
   * unique within the stream
   */
  'id'?: (number | string | Long);
  /**
   * the agent gives up after this long
   */
  'deadlineMs'?: (number);
  'observe'?: (_seawall_v1_ObserveRequest | null);
  'flows'?: (_seawall_v1_FlowsRequest | null);
  'preview'?: (_seawall_v1_PreviewRequest | null);
  'announce'?: (_seawall_v1_AnnounceRequest | null);
  'kind'?: "observe"|"flows"|"preview"|"announce";
}

/**
 * Asks the agent for something now. An agent that does not know the kind
 * answers with Reply.error code UNIMPLEMENTED.
 */
export interface Request__Output {
  /**
   * unique within the stream
   */
  'id': (number);
  /**
   * the agent gives up after this long
   */
  'deadlineMs': (number);
  'observe'?: (_seawall_v1_ObserveRequest__Output | null);
  'flows'?: (_seawall_v1_FlowsRequest__Output | null);
  'preview'?: (_seawall_v1_PreviewRequest__Output | null);
  'announce'?: (_seawall_v1_AnnounceRequest__Output | null);
  'kind'?: "observe"|"flows"|"preview"|"announce";
}
