import type { ContainerSelector } from "./desired-state.ts";
import type { DockerContainer } from "./host-view.ts";
import { matchesLabels, matchesName } from "./select.ts";

/** An absent selector selects every container. */
export function selectsContainer(
  selector: ContainerSelector | undefined,
  container: Pick<DockerContainer, "name" | "labels">,
): boolean {
  return (
    matchesName(selector?.names, container.name) &&
    matchesLabels(selector?.labels, container.labels)
  );
}
