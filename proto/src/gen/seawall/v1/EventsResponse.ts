// Original file: proto/seawall/v1/client.proto

import type { EventsHead as _seawall_v1_EventsHead, EventsHead__Output as _seawall_v1_EventsHead__Output } from '../../seawall/v1/EventsHead.ts';
import type { FleetEvent as _seawall_v1_FleetEvent, FleetEvent__Output as _seawall_v1_FleetEvent__Output } from '../../seawall/v1/FleetEvent.ts';

export interface EventsResponse {
  'head'?: (_seawall_v1_EventsHead | null);
  'event'?: (_seawall_v1_FleetEvent | null);
  'kind'?: "head"|"event";
}

export interface EventsResponse__Output {
  'head'?: (_seawall_v1_EventsHead__Output | null);
  'event'?: (_seawall_v1_FleetEvent__Output | null);
  'kind'?: "head"|"event";
}
