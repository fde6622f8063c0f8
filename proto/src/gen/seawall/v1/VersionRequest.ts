// Original file: proto/seawall/v1/client.proto


export interface VersionRequest {
}

export interface VersionRequest__Output {
}
