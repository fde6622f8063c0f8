import { type DockerHost, eventually } from "@seawall/lab";

/** With its containers. */
export async function startDocker(host: DockerHost): Promise<void> {
  await host.startDocker();
  for (const name of ["web", "app"]) {
    const isUp = async (): Promise<boolean> =>
      (await host.docker("inspect", "--format", "{{.State.Running}}", name)).trim() === "true";
    await eventually(isUp, { what: `${name} of ${host.name} to run again`, timeoutMs: 120_000 });
  }
}
