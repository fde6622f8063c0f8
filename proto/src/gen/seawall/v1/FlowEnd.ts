// Original file: proto/seawall/v1/flow.proto


export interface FlowEnd {
  'address'?: (string);
  /**
   * by which it came or goes; empty: by none, or by one that is gone
   */
  'interface'?: (string);
  /**
   * of Docker; empty: none
   */
  'network'?: (string);
  /**
   * that has the address there, or publishes the port; empty: none
   */
  'container'?: (string);
}

export interface FlowEnd__Output {
  'address': (string);
  /**
   * by which it came or goes; empty: by none, or by one that is gone
   */
  'interface': (string);
  /**
   * of Docker; empty: none
   */
  'network': (string);
  /**
   * that has the address there, or publishes the port; empty: none
   */
  'container': (string);
}
