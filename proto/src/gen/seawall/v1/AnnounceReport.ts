// Original file: proto/seawall/v1/agent.proto


export interface AnnounceReport {
}

export interface AnnounceReport__Output {
}
