// Original file: proto/seawall/v1/agent.proto


export interface PolicyStatus {
  'policy'?: (string);
  /**
   * the names it selects here now; or interfaces
   */
  'networks'?: (string)[];
  /**
   * Enforced | Audited | PartiallyEnforced | SelectsNothing
   */
  'reason'?: (string);
  /**
   * the names it selects; empty without a containerSelector
   */
  'containers'?: (string)[];
  /**
   * why not all of it
   */
  'message'?: (string);
}

export interface PolicyStatus__Output {
  'policy': (string);
  /**
   * the names it selects here now; or interfaces
   */
  'networks': (string)[];
  /**
   * Enforced | Audited | PartiallyEnforced | SelectsNothing
   */
  'reason': (string);
  /**
   * the names it selects; empty without a containerSelector
   */
  'containers': (string)[];
  /**
   * why not all of it
   */
  'message': (string);
}
