// Original file: proto/seawall/v1/client.proto


export interface SetHostRequest {
  'host'?: (string);
  /**
   * Enforce | Audit; empty = as it is
   */
  'mode'?: (string);
  /**
   * false: addresses stay as they are
   */
  'setAddresses'?: (boolean);
  /**
   * all of them: single addresses, 192.0.2.7 or 192.0.2.7/32
   */
  'addresses'?: (string)[];
  /**
   * by name; those not named stay as they are
   */
  'options'?: ({[key: string]: string});
  'endQuarantine'?: (boolean);
}

export interface SetHostRequest__Output {
  'host': (string);
  /**
   * Enforce | Audit; empty = as it is
   */
  'mode': (string);
  /**
   * false: addresses stay as they are
   */
  'setAddresses': (boolean);
  /**
   * all of them: single addresses, 192.0.2.7 or 192.0.2.7/32
   */
  'addresses': (string)[];
  /**
   * by name; those not named stay as they are
   */
  'options': ({[key: string]: string});
  'endQuarantine': (boolean);
}
