import { parseManifests } from "@seawall/policy";
import { CommandFailure, exitCodes } from "./exit-code.ts";
import type { ManifestFile } from "./manifest-files.ts";

export interface ObjectName {
  readonly kind: string;
  readonly name: string;
}

/**
 * Kind and name of every object in the files, each once.
 * @throws CommandFailure unless all of them are valid: what cannot be read for sure is not deleted by guess.
 */
export function manifestNames(files: readonly ManifestFile[]): readonly ObjectName[] {
  const { resources, issues } = parseManifests(files);
  const [issue] = issues.filter(({ severity }) => severity === "error");
  if (issue !== undefined) {
    throw new CommandFailure(
      exitCodes.error,
      `Error: the manifests are not valid, so nothing was deleted. See: seawall validate -f ${files[0]?.name ?? "FILE"}`,
    );
  }
  return resources.map(({ resource }) => ({ kind: resource.kind, name: resource.metadata.name }));
}
