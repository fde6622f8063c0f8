// Original file: proto/seawall/v1/agent.proto


/**
 * A connection as the host tracks it, told by who began it.
 */
export interface LiveConnection {
  /**
   * TCP | UDP | ICMP
   */
  'protocol'?: (string);
  'source'?: (string);
  /**
   * that was called
   */
  'destination'?: (string);
  /**
   * at which; 0: none
   */
  'port'?: (number);
  /**
   * who answers: another one where it is redirected
   */
  'answerer'?: (string);
  'answeringPort'?: (number);
}

/**
 * A connection as the host tracks it, told by who began it.
 */
export interface LiveConnection__Output {
  /**
   * TCP | UDP | ICMP
   */
  'protocol': (string);
  'source': (string);
  /**
   * that was called
   */
  'destination': (string);
  /**
   * at which; 0: none
   */
  'port': (number);
  /**
   * who answers: another one where it is redirected
   */
  'answerer': (string);
  'answeringPort': (number);
}
