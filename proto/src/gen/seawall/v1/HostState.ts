// Original file: proto/seawall/v1/agent.proto

export const HostState = {
  HOST_STATE_UNSPECIFIED: 'HOST_STATE_UNSPECIFIED',
  HOST_STATE_PENDING: 'HOST_STATE_PENDING',
  HOST_STATE_IN_SYNC: 'HOST_STATE_IN_SYNC',
  HOST_STATE_APPLYING: 'HOST_STATE_APPLYING',
  HOST_STATE_DRIFTED: 'HOST_STATE_DRIFTED',
  HOST_STATE_FAILED: 'HOST_STATE_FAILED',
  HOST_STATE_REVERTED: 'HOST_STATE_REVERTED',
  /**
   * only the controller says so
   */
  HOST_STATE_STALE: 'HOST_STATE_STALE',
  HOST_STATE_UNSUPPORTED: 'HOST_STATE_UNSUPPORTED',
} as const;

export type HostState =
  | 'HOST_STATE_UNSPECIFIED'
  | 0
  | 'HOST_STATE_PENDING'
  | 1
  | 'HOST_STATE_IN_SYNC'
  | 2
  | 'HOST_STATE_APPLYING'
  | 3
  | 'HOST_STATE_DRIFTED'
  | 4
  | 'HOST_STATE_FAILED'
  | 5
  | 'HOST_STATE_REVERTED'
  | 6
  /**
   * only the controller says so
   */
  | 'HOST_STATE_STALE'
  | 7
  | 'HOST_STATE_UNSUPPORTED'
  | 8

export type HostState__Output = typeof HostState[keyof typeof HostState]
