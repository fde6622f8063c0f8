// Original file: proto/seawall/v1/client.proto


export interface DocumentResponse {
  /**
   * JSON: a Trace or an ExposureReport
   */
  'document'?: (string);
}

export interface DocumentResponse__Output {
  /**
   * JSON: a Trace or an ExposureReport
   */
  'document': (string);
}
