// Original file: proto/seawall/v1/client.proto


export interface ManifestFile {
  /**
   * as the person named it; used in issues only
   */
  'name'?: (string);
  /**
   * YAML, up to 1 MiB
   */
  'content'?: (string);
}

export interface ManifestFile__Output {
  /**
   * as the person named it; used in issues only
   */
  'name': (string);
  /**
   * YAML, up to 1 MiB
   */
  'content': (string);
}
