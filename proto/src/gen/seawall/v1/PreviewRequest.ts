// Original file: proto/seawall/v1/agent.proto


/**
 * Say what a bundle would do here, without applying it.
 */
export interface PreviewRequest {
  /**
   * sealed for preview: it opens as no bundle
   */
  'envelope'?: (Buffer | Uint8Array | string);
  /**
   * whoever asks may announce it: the agent is to know its answer for a while
   */
  'announceable'?: (boolean);
}

/**
 * Say what a bundle would do here, without applying it.
 */
export interface PreviewRequest__Output {
  /**
   * sealed for preview: it opens as no bundle
   */
  'envelope': (Buffer);
  /**
   * whoever asks may announce it: the agent is to know its answer for a while
   */
  'announceable': (boolean);
}
