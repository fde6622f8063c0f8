// Original file: proto/seawall/v1/client.proto

import type { HostCompliance as _seawall_v1_HostCompliance, HostCompliance__Output as _seawall_v1_HostCompliance__Output } from '../../seawall/v1/HostCompliance.ts';

export interface ComplianceResponse {
  'compliant'?: (boolean);
  'hosts'?: (_seawall_v1_HostCompliance)[];
}

export interface ComplianceResponse__Output {
  'compliant': (boolean);
  'hosts': (_seawall_v1_HostCompliance__Output)[];
}
