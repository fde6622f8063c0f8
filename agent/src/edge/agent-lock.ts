import { stat } from "node:fs/promises";
import { createServer } from "node:net";

export type AgentLock =
  | { readonly kind: "held"; release(): Promise<void> }
  | { readonly kind: "taken" };

/**
 * One agent per network namespace. The lock is an abstract socket, which the kernel scopes to the
 * namespace and drops with the owner, however it ends; the inode in its name is for people who look.
 */
export async function lockNetworkNamespace(): Promise<AgentLock> {
  const { ino } = await stat("/proc/self/ns/net");
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve({ kind: "taken" });
      else reject(error);
    });
    server.listen(`\0seawall-agent-${ino}`, () => {
      // The lock keeps nobody from ending.
      server.unref();
      resolve({
        kind: "held",
        release: () =>
          new Promise((done) => {
            server.close(() => {
              done();
            });
          }),
      });
    });
  });
}
