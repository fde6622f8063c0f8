// Original file: proto/seawall/v1/agent.proto


/**
 * Somebody who may apply it was told what a preview makes of traffic here. Kept on the host's disk, for when it is applied.
 */
export interface AnnounceRequest {
  /**
   * PreviewReport.id
   */
  'preview'?: (string);
  /**
   * hex sha256 of the desired state that it was compared with, as canonical JSON
   */
  'before'?: (string);
}

/**
 * Somebody who may apply it was told what a preview makes of traffic here. Kept on the host's disk, for when it is applied.
 */
export interface AnnounceRequest__Output {
  /**
   * PreviewReport.id
   */
  'preview': (string);
  /**
   * hex sha256 of the desired state that it was compared with, as canonical JSON
   */
  'before': (string);
}
