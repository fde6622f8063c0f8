// Original file: proto/seawall/v1/client.proto


// Original file: proto/seawall/v1/client.proto

export const _seawall_v1_Issue_Severity = {
  ERROR: 'ERROR',
  WARNING: 'WARNING',
} as const;

export type _seawall_v1_Issue_Severity =
  | 'ERROR'
  | 0
  | 'WARNING'
  | 1

export type _seawall_v1_Issue_Severity__Output = typeof _seawall_v1_Issue_Severity[keyof typeof _seawall_v1_Issue_Severity]

export interface Issue {
  'severity'?: (_seawall_v1_Issue_Severity);
  'file'?: (string);
  /**
   * 1-based; 0 = no place in a file
   */
  'line'?: (number);
  'column'?: (number);
  /**
   * spec.ingress.rules[0].ports[1]
   */
  'path'?: (string);
  'message'?: (string);
}

export interface Issue__Output {
  'severity': (_seawall_v1_Issue_Severity__Output);
  'file': (string);
  /**
   * 1-based; 0 = no place in a file
   */
  'line': (number);
  'column': (number);
  /**
   * spec.ingress.rules[0].ports[1]
   */
  'path': (string);
  'message': (string);
}
