import Dockerode from "dockerode";

/**
 * The engine behind this socket, whatever DOCKER_HOST says: where that names a machine, dockerode asks there instead and says
 * nothing of it (docker-modem, lib/modem.js). Answers have to come within `timeout` milliseconds; absent: at any time.
 */
export function dockerSocket(socketPath: string, timeout?: number): Dockerode {
  const here = { socketPath, host: undefined, protocol: "http" } as const;
  return new Dockerode(timeout === undefined ? here : { ...here, timeout });
}
