// Original file: proto/seawall/v1/client.proto


export interface LabelHostRequest {
  'host'?: (string);
  'set'?: ({[key: string]: string});
  'remove'?: (string)[];
  /**
   * false: changing an existing value is refused
   */
  'overwrite'?: (boolean);
}

export interface LabelHostRequest__Output {
  'host': (string);
  'set': ({[key: string]: string});
  'remove': (string)[];
  /**
   * false: changing an existing value is refused
   */
  'overwrite': (boolean);
}
