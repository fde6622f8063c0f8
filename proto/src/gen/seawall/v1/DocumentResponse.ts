// Original file: proto/seawall/v1/client.proto


export interface DocumentResponse {
  /**
   * JSON: a Trace, an ExposureReport, a ComplianceReport or a Rollout
   */
  'document'?: (string);
}

export interface DocumentResponse__Output {
  /**
   * JSON: a Trace, an ExposureReport, a ComplianceReport or a Rollout
   */
  'document': (string);
}
