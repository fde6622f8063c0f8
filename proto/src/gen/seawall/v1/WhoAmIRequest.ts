// Original file: proto/seawall/v1/client.proto


export interface WhoAmIRequest {
}

export interface WhoAmIRequest__Output {
}
