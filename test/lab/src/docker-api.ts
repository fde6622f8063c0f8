import { request } from "node:http";

/** GET on a Docker Engine socket. The socket of a node is reached through /proc/<pid>/root. */
export function getFromDocker(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, timeout: 10_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode !== 200) {
          reject(new Error(`GET ${path}: ${String(response.statusCode)} ${text.trim()}`));
        } else {
          resolve(path === "/_ping" ? text : JSON.parse(text));
        }
      });
    });
    outgoing.once("error", reject);
    outgoing.once("timeout", () => outgoing.destroy(new Error(`GET ${path}: no answer in 10 s`)));
    outgoing.end();
  });
}

/** Follows property names into an unknown value; `undefined` where there is no such thing. */
export function dig(value: unknown, ...names: readonly string[]): unknown {
  let current = value;
  for (const name of names) {
    if (typeof current !== "object" || current === null) return undefined;
    current = Object.getOwnPropertyDescriptor(current, name)?.value;
  }
  return current;
}

/** Like `dig`, for a string that has to be there. */
export function digText(value: unknown, ...names: readonly string[]): string {
  const found = dig(value, ...names);
  if (typeof found !== "string")
    throw new Error(`no ${names.join(".")} in ${JSON.stringify(value)}`);
  return found;
}
