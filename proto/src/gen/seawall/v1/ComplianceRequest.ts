// Original file: proto/seawall/v1/client.proto


export interface ComplianceRequest {
  'selector'?: (string);
  /**
   * empty = every host
   */
  'host'?: (string);
  /**
   * only where and what this policy selects; empty = everything
   */
  'policy'?: (string);
  /**
   * by name; none = all
   */
  'controls'?: (string)[];
}

export interface ComplianceRequest__Output {
  'selector': (string);
  /**
   * empty = every host
   */
  'host': (string);
  /**
   * only where and what this policy selects; empty = everything
   */
  'policy': (string);
  /**
   * by name; none = all
   */
  'controls': (string)[];
}
