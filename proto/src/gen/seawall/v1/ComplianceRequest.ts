// Original file: proto/seawall/v1/client.proto


export interface ComplianceRequest {
  'selector'?: (string);
  'host'?: (string);
}

export interface ComplianceRequest__Output {
  'selector': (string);
  'host': (string);
}
