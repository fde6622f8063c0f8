// Original file: proto/seawall/v1/client.proto


export interface ListTokensRequest {
}

export interface ListTokensRequest__Output {
}
