// Original file: proto/seawall/v1/agent.proto


/**
 * A path on which some statement of a policy has no effect here.
 */
export interface Limit {
  /**
   * docker-proxy, host-network, ...: see docs/policy.md
   */
  'path'?: (string);
  /**
   * PascalCase, for machines
   */
  'reason'?: (string);
  /**
   * what is not governed
   */
  'message'?: (string);
  /**
   * what to do about it
   */
  'advice'?: (string);
  /**
   * whose statements land there; empty: none's
   */
  'policies'?: (string)[];
}

/**
 * A path on which some statement of a policy has no effect here.
 */
export interface Limit__Output {
  /**
   * docker-proxy, host-network, ...: see docs/policy.md
   */
  'path': (string);
  /**
   * PascalCase, for machines
   */
  'reason': (string);
  /**
   * what is not governed
   */
  'message': (string);
  /**
   * what to do about it
   */
  'advice': (string);
  /**
   * whose statements land there; empty: none's
   */
  'policies': (string)[];
}
