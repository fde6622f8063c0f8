// Original file: proto/seawall/v1/client.proto


export interface TraceRequest {
  /**
   * container, network, address, internet or host
   */
  'source'?: (string);
  /**
   * the same with :PORT; an IPv6 address in brackets
   */
  'destination'?: (string);
  /**
   * TCP | UDP | ICMP
   */
  'protocol'?: (string);
  /**
   * empty = every host
   */
  'host'?: (string);
}

export interface TraceRequest__Output {
  /**
   * container, network, address, internet or host
   */
  'source': (string);
  /**
   * the same with :PORT; an IPv6 address in brackets
   */
  'destination': (string);
  /**
   * TCP | UDP | ICMP
   */
  'protocol': (string);
  /**
   * empty = every host
   */
  'host': (string);
}
