// Original file: proto/seawall/v1/agent.proto


/**
 * Read the kernel back now and report, without waiting for the next heartbeat.
 */
export interface ObserveRequest {
}

/**
 * Read the kernel back now and report, without waiting for the next heartbeat.
 */
export interface ObserveRequest__Output {
}
