// Original file: proto/seawall/v1/client.proto

import type { ObjectName as _seawall_v1_ObjectName, ObjectName__Output as _seawall_v1_ObjectName__Output } from '../../seawall/v1/ObjectName.ts';
import type { Long } from '@grpc/proto-loader';

export interface DeleteRequest {
  'objects'?: (_seawall_v1_ObjectName)[];
  'dryRun'?: (boolean);
  /**
   * as in ApplyRequest
   */
  'ifRevision'?: (number | string | Long);
  'message'?: (string);
  '_ifRevision'?: "ifRevision";
}

export interface DeleteRequest__Output {
  'objects': (_seawall_v1_ObjectName__Output)[];
  'dryRun': (boolean);
  /**
   * as in ApplyRequest
   */
  'ifRevision'?: (number);
  'message': (string);
  '_ifRevision'?: "ifRevision";
}
