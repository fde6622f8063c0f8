import type { DockerNetwork } from "@seawall/policy";
import type { Failure } from "./core/failure.ts";
import type { Docker, Engine } from "./ports.ts";

/** What is known of Docker now; with `failure`, from the last time it answered. */
export interface DockerKnowledge {
  readonly networks?: readonly DockerNetwork[];
  /** Networks whose bridge cannot be filtered, and why. */
  readonly unusable: ReadonlyMap<string, string>;
  readonly engine?: Engine;
  readonly failure?: Failure;
}

export interface DockerView {
  read(): Promise<DockerKnowledge>;
}

/**
 * Reads networks afresh every time. The engine's version and firewall backend cannot change while it
 * runs, so they are read again only after it was away.
 */
export function createDockerView(docker: Docker): DockerView {
  let known: DockerKnowledge = { unusable: new Map() };
  let engineIsFresh = false;
  docker.onChange(() => {
    engineIsFresh = false;
  });

  return {
    async read() {
      const answer = await docker.networks();
      if (answer.kind === "failed") {
        engineIsFresh = false;
        return { ...known, failure: answer.failure };
      }
      known = { ...known, networks: answer.networks, unusable: answer.unusable };
      if (engineIsFresh) return known;
      engineIsFresh = true;
      const engine = await docker.engine();
      if (engine.kind === "failed") {
        engineIsFresh = false;
        return { ...known, failure: engine.failure };
      }
      known = { ...known, engine: engine.engine };
      return known;
    },
  };
}
