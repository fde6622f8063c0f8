// Original file: proto/seawall/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

export interface Cancel {
  'id'?: (number | string | Long);
}

export interface Cancel__Output {
  'id': (number);
}
