// Original file: proto/seawall/v1/client.proto


export interface FieldChange {
  'path'?: (string);
  /**
   * JSON; empty = absent
   */
  'before'?: (string);
  'after'?: (string);
}

export interface FieldChange__Output {
  'path': (string);
  /**
   * JSON; empty = absent
   */
  'before': (string);
  'after': (string);
}
