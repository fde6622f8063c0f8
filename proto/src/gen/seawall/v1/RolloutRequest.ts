// Original file: proto/seawall/v1/client.proto


export interface RolloutRequest {
}

export interface RolloutRequest__Output {
}
