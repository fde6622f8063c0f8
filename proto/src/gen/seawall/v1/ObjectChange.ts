// Original file: proto/seawall/v1/client.proto

import type { ObjectName as _seawall_v1_ObjectName, ObjectName__Output as _seawall_v1_ObjectName__Output } from '../../seawall/v1/ObjectName.ts';
import type { FieldChange as _seawall_v1_FieldChange, FieldChange__Output as _seawall_v1_FieldChange__Output } from '../../seawall/v1/FieldChange.ts';

// Original file: proto/seawall/v1/client.proto

export const _seawall_v1_ObjectChange_Action = {
  UNCHANGED: 'UNCHANGED',
  CREATED: 'CREATED',
  CONFIGURED: 'CONFIGURED',
  DELETED: 'DELETED',
} as const;

export type _seawall_v1_ObjectChange_Action =
  | 'UNCHANGED'
  | 0
  | 'CREATED'
  | 1
  | 'CONFIGURED'
  | 2
  | 'DELETED'
  | 3

export type _seawall_v1_ObjectChange_Action__Output = typeof _seawall_v1_ObjectChange_Action[keyof typeof _seawall_v1_ObjectChange_Action]

export interface ObjectChange {
  'object'?: (_seawall_v1_ObjectName | null);
  'action'?: (_seawall_v1_ObjectChange_Action);
  'fields'?: (_seawall_v1_FieldChange)[];
}

export interface ObjectChange__Output {
  'object': (_seawall_v1_ObjectName__Output | null);
  'action': (_seawall_v1_ObjectChange_Action__Output);
  'fields': (_seawall_v1_FieldChange__Output)[];
}
