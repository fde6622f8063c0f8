import Dockerode from "dockerode";

type Call = <T>(what: string, call: (docker: Dockerode) => Promise<T>) => Promise<T>;

/** A node's Docker engine, by its API. What fails says on which node, and what was wanted. */
export interface EngineApi {
  /** For what is only looked at. */
  readonly ask: Call;
  /** For what takes Docker its time. */
  readonly order: Call;
}

/** @param socketPath asked each time: it is another one once the node was booted */
export function engineApi(node: string, socketPath: () => string): EngineApi {
  const within =
    (timeout: number): Call =>
    async (what, call) => {
      // docker-modem would go to another machine if DOCKER_HOST named one.
      const here = { socketPath: socketPath(), host: undefined, protocol: "http" } as const;
      try {
        return await call(new Dockerode({ ...here, timeout }));
      } catch (error) {
        throw new Error(`Docker on ${node}, ${what}: ${String(error)}`, { cause: error });
      }
    };
  return { ask: within(60_000), order: within(120_000) };
}
