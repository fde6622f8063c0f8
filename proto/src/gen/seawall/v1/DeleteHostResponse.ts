// Original file: proto/seawall/v1/client.proto


export interface DeleteHostResponse {
}

export interface DeleteHostResponse__Output {
}
