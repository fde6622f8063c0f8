// Original file: proto/seawall/v1/client.proto


export interface PreviewProgress {
  /**
   * hosts that have answered, or cannot
   */
  'asked'?: (number);
  'hosts'?: (number);
}

export interface PreviewProgress__Output {
  /**
   * hosts that have answered, or cannot
   */
  'asked': (number);
  'hosts': (number);
}
