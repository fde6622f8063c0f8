// Original file: proto/seawall/v1/client.proto


export interface RevokeTokenResponse {
}

export interface RevokeTokenResponse__Output {
}
