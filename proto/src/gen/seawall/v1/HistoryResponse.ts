// Original file: proto/seawall/v1/client.proto

import type { HistoryHead as _seawall_v1_HistoryHead, HistoryHead__Output as _seawall_v1_HistoryHead__Output } from '../../seawall/v1/HistoryHead.ts';
import type { SealedRevision as _seawall_v1_SealedRevision, SealedRevision__Output as _seawall_v1_SealedRevision__Output } from '../../seawall/v1/SealedRevision.ts';
import type { StoredObject as _seawall_v1_StoredObject, StoredObject__Output as _seawall_v1_StoredObject__Output } from '../../seawall/v1/StoredObject.ts';

export interface HistoryResponse {
  'head'?: (_seawall_v1_HistoryHead | null);
  'revision'?: (_seawall_v1_SealedRevision | null);
  'object'?: (_seawall_v1_StoredObject | null);
  'kind'?: "head"|"revision"|"object";
}

export interface HistoryResponse__Output {
  'head'?: (_seawall_v1_HistoryHead__Output | null);
  'revision'?: (_seawall_v1_SealedRevision__Output | null);
  'object'?: (_seawall_v1_StoredObject__Output | null);
  'kind'?: "head"|"revision"|"object";
}
