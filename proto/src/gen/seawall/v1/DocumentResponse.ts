// Original file: proto/seawall/v1/client.proto


export interface DocumentResponse {
  /**
   * JSON: a Trace, an ExposureReport or a ComplianceReport
   */
  'document'?: (string);
}

export interface DocumentResponse__Output {
  /**
   * JSON: a Trace, an ExposureReport or a ComplianceReport
   */
  'document': (string);
}
