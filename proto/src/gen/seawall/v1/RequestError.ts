// Original file: proto/seawall/v1/agent.proto


export interface RequestError {
  /**
   * UNIMPLEMENTED, DEADLINE_EXCEEDED, CANCELLED, INTERNAL
   */
  'code'?: (string);
  'message'?: (string);
}

export interface RequestError__Output {
  /**
   * UNIMPLEMENTED, DEADLINE_EXCEEDED, CANCELLED, INTERNAL
   */
  'code': (string);
  'message': (string);
}
