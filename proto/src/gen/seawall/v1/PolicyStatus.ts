// Original file: proto/seawall/v1/agent.proto


export interface PolicyStatus {
  'policy'?: (string);
  /**
   * the names it selects here now
   */
  'networks'?: (string)[];
  /**
   * Enforced | SelectsNothing
   */
  'reason'?: (string);
}

export interface PolicyStatus__Output {
  'policy': (string);
  /**
   * the names it selects here now
   */
  'networks': (string)[];
  /**
   * Enforced | SelectsNothing
   */
  'reason': (string);
}
