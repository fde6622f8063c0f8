// Original file: proto/seawall/v1/client.proto

import type { ObjectName as _seawall_v1_ObjectName, ObjectName__Output as _seawall_v1_ObjectName__Output } from '../../seawall/v1/ObjectName.ts';
import type { Long } from '@grpc/proto-loader';

export interface DeleteRequest {
  'objects'?: (_seawall_v1_ObjectName)[];
  'dryRun'?: (boolean);
  'ifRevision'?: (number | string | Long);
  'message'?: (string);
}

export interface DeleteRequest__Output {
  'objects': (_seawall_v1_ObjectName__Output)[];
  'dryRun': (boolean);
  'ifRevision': (number);
  'message': (string);
}
