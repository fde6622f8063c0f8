// Original file: proto/seawall/v1/agent.proto

import type { Attachment as _seawall_v1_Attachment, Attachment__Output as _seawall_v1_Attachment__Output } from '../../seawall/v1/Attachment.ts';
import type { PublishedPort as _seawall_v1_PublishedPort, PublishedPort__Output as _seawall_v1_PublishedPort__Output } from '../../seawall/v1/PublishedPort.ts';

/**
 * A running container.
 */
export interface Container {
  'id'?: (string);
  'name'?: (string);
  'labels'?: ({[key: string]: string});
  'hostNetwork'?: (boolean);
  'attachments'?: (_seawall_v1_Attachment)[];
  'published'?: (_seawall_v1_PublishedPort)[];
}

/**
 * A running container.
 */
export interface Container__Output {
  'id': (string);
  'name': (string);
  'labels': ({[key: string]: string});
  'hostNetwork': (boolean);
  'attachments': (_seawall_v1_Attachment__Output)[];
  'published': (_seawall_v1_PublishedPort__Output)[];
}
