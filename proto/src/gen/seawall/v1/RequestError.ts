// Original file: proto/seawall/v1/agent.proto


export interface RequestError {
  /**
   * UNIMPLEMENTED, DEADLINE_EXCEEDED, CANCELLED, FAILED_PRECONDITION, INTERNAL
   */
  'code'?: (string);
  'message'?: (string);
  /**
   * PascalCase, with FAILED_PRECONDITION: what is missing here
   */
  'reason'?: (string);
}

export interface RequestError__Output {
  /**
   * UNIMPLEMENTED, DEADLINE_EXCEEDED, CANCELLED, FAILED_PRECONDITION, INTERNAL
   */
  'code': (string);
  'message': (string);
  /**
   * PascalCase, with FAILED_PRECONDITION: what is missing here
   */
  'reason': (string);
}
