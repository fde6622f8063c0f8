// Original file: proto/seawall/v1/client.proto


export interface RevokeUserResponse {
}

export interface RevokeUserResponse__Output {
}
