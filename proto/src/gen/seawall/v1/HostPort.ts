// Original file: proto/seawall/v1/agent.proto


export interface HostPort {
  /**
   * TCP or UDP
   */
  'protocol'?: (string);
  'port'?: (number);
}

export interface HostPort__Output {
  /**
   * TCP or UDP
   */
  'protocol': (string);
  'port': (number);
}
