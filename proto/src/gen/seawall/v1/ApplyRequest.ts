// Original file: proto/seawall/v1/client.proto

import type { ManifestFile as _seawall_v1_ManifestFile, ManifestFile__Output as _seawall_v1_ManifestFile__Output } from '../../seawall/v1/ManifestFile.ts';
import type { Long } from '@grpc/proto-loader';

export interface ApplyRequest {
  'files'?: (_seawall_v1_ManifestFile)[];
  /**
   * validate, compare, say what would change; store nothing
   */
  'dryRun'?: (boolean);
  /**
   * absent = whatever is newest; 0 = only while there is none yet
   */
  'ifRevision'?: (number | string | Long);
  /**
   * also delete what prune_selector selects and files do not name
   */
  'prune'?: (boolean);
  /**
   * label selector, required with prune
   */
  'pruneSelector'?: (string);
  'message'?: (string);
  /**
   * undone unless somebody confirms it so soon after its rollout began; 0 = it stays
   */
  'confirmWithinMs'?: (number | string | Long);
  '_ifRevision'?: "ifRevision";
}

export interface ApplyRequest__Output {
  'files': (_seawall_v1_ManifestFile__Output)[];
  /**
   * validate, compare, say what would change; store nothing
   */
  'dryRun': (boolean);
  /**
   * absent = whatever is newest; 0 = only while there is none yet
   */
  'ifRevision'?: (number);
  /**
   * also delete what prune_selector selects and files do not name
   */
  'prune': (boolean);
  /**
   * label selector, required with prune
   */
  'pruneSelector': (string);
  'message': (string);
  /**
   * undone unless somebody confirms it so soon after its rollout began; 0 = it stays
   */
  'confirmWithinMs': (number);
  '_ifRevision'?: "ifRevision";
}
