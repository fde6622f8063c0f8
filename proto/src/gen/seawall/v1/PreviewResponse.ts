// Original file: proto/seawall/v1/client.proto

import type { ApplyResponse as _seawall_v1_ApplyResponse, ApplyResponse__Output as _seawall_v1_ApplyResponse__Output } from '../../seawall/v1/ApplyResponse.ts';
import type { PreviewProgress as _seawall_v1_PreviewProgress, PreviewProgress__Output as _seawall_v1_PreviewProgress__Output } from '../../seawall/v1/PreviewProgress.ts';

export interface PreviewResponse {
  'change'?: (_seawall_v1_ApplyResponse | null);
  'progress'?: (_seawall_v1_PreviewProgress | null);
  /**
   * a ChangePreview as JSON; the last one. None where nothing would change, or it is refused
   */
  'document'?: (string);
  'kind'?: "change"|"progress"|"document";
}

export interface PreviewResponse__Output {
  'change'?: (_seawall_v1_ApplyResponse__Output | null);
  'progress'?: (_seawall_v1_PreviewProgress__Output | null);
  /**
   * a ChangePreview as JSON; the last one. None where nothing would change, or it is refused
   */
  'document'?: (string);
  'kind'?: "change"|"progress"|"document";
}
