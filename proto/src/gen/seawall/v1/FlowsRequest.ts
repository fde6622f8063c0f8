// Original file: proto/seawall/v1/agent.proto


/**
 * Say what rules tell of the packets that they match, until the deadline. The only request with
 * several replies: a first one as soon as the agent listens, then one when there is something new.
 */
export interface FlowsRequest {
  /**
   * what is denied; neither: all that rules tell
   */
  'denied'?: (boolean);
  /**
   * what is only counted
   */
  'audited'?: (boolean);
}

/**
 * Say what rules tell of the packets that they match, until the deadline. The only request with
 * several replies: a first one as soon as the agent listens, then one when there is something new.
 */
export interface FlowsRequest__Output {
  /**
   * what is denied; neither: all that rules tell
   */
  'denied': (boolean);
  /**
   * what is only counted
   */
  'audited': (boolean);
}
