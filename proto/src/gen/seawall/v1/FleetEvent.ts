// Original file: proto/seawall/v1/client.proto

import type { FieldChange as _seawall_v1_FieldChange, FieldChange__Output as _seawall_v1_FieldChange__Output } from '../../seawall/v1/FieldChange.ts';
import type { Long } from '@grpc/proto-loader';

export interface FleetEvent {
  /**
   * grows; some may be missing
   */
  'sequence'?: (number | string | Long);
  /**
   * by the controller's clock
   */
  'timeMs'?: (number | string | Long);
  /**
   * PascalCase
   */
  'kind'?: (string);
  /**
   * user/NAME, token/ID, host/NAME, controller; empty = not known
   */
  'by'?: (string);
  /**
   * revision/7, host/NAME, ...
   */
  'about'?: (string);
  /**
   * that it concerns; empty = none
   */
  'host'?: (string);
  /**
   * why, or what it was
   */
  'message'?: (string);
  /**
   * some where they are many
   */
  'changes'?: (_seawall_v1_FieldChange)[];
  /**
   * so many more there were
   */
  'changesLeftOut'?: (number | string | Long);
}

export interface FleetEvent__Output {
  /**
   * grows; some may be missing
   */
  'sequence': (number);
  /**
   * by the controller's clock
   */
  'timeMs': (number);
  /**
   * PascalCase
   */
  'kind': (string);
  /**
   * user/NAME, token/ID, host/NAME, controller; empty = not known
   */
  'by': (string);
  /**
   * revision/7, host/NAME, ...
   */
  'about': (string);
  /**
   * that it concerns; empty = none
   */
  'host': (string);
  /**
   * why, or what it was
   */
  'message': (string);
  /**
   * some where they are many
   */
  'changes': (_seawall_v1_FieldChange__Output)[];
  /**
   * so many more there were
   */
  'changesLeftOut': (number);
}
