import Dockerode from "dockerode";

/**
 * The engine behind this socket. Where DOCKER_HOST names a machine, docker-modem asks there instead and says nothing of it;
 * where it is no address, or DOCKER_CERT_PATH no folder of certificates, it throws (lib/modem.js). Without DOCKER_HOST it reads none of them.
 * Answers have to come within `timeout` milliseconds; absent: at any time.
 */
export function dockerSocket(socketPath: string, timeout?: number): Dockerode {
  const { DOCKER_HOST: named } = process.env;
  delete process.env["DOCKER_HOST"];
  try {
    return new Dockerode(timeout === undefined ? { socketPath } : { socketPath, timeout });
  } finally {
    if (named !== undefined) process.env["DOCKER_HOST"] = named;
  }
}
