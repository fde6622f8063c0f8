// Original file: proto/seawall/v1/agent.proto


/**
 * A Docker network as the agent sees it.
 */
export interface Network {
  'id'?: (string);
  'name'?: (string);
  'driver'?: (string);
  /**
   * empty: this driver has none, or the link is not there
   */
  'bridge'?: (string);
  'subnets'?: (string)[];
  'labels'?: ({[key: string]: string});
  'internal'?: (boolean);
  /**
   * its containers may not talk to each other
   */
  'iccOff'?: (boolean);
  /**
   * families in which containers are reached without DNAT
   */
  'routed'?: (string)[];
}

/**
 * A Docker network as the agent sees it.
 */
export interface Network__Output {
  'id': (string);
  'name': (string);
  'driver': (string);
  /**
   * empty: this driver has none, or the link is not there
   */
  'bridge': (string);
  'subnets': (string)[];
  'labels': ({[key: string]: string});
  'internal': (boolean);
  /**
   * its containers may not talk to each other
   */
  'iccOff': (boolean);
  /**
   * families in which containers are reached without DNAT
   */
  'routed': (string)[];
}
