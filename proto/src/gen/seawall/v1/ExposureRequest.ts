// Original file: proto/seawall/v1/client.proto


export interface ExposureRequest {
  'selector'?: (string);
  /**
   * empty = every host
   */
  'host'?: (string);
}

export interface ExposureRequest__Output {
  'selector': (string);
  /**
   * empty = every host
   */
  'host': (string);
}
