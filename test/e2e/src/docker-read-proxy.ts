import { createServer, request } from "node:http";

/**
 * A Docker socket that can be read and not written to, as people put between Docker and what must not change it:
 * node docker-read-proxy.js DOCKER_SOCKET PROXY_SOCKET. Prints what it refused.
 */
const [docker = "", proxy = ""] = process.argv.slice(2);

const server = createServer((asked, answer) => {
  if (asked.method !== "GET" && asked.method !== "HEAD") {
    process.stdout.write(`refused ${asked.method ?? ""} ${asked.url ?? ""}\n`);
    answer.writeHead(403).end();
    return;
  }
  const { method, url: path, headers } = asked;
  const forwarded = request({ socketPath: docker, method, path, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    answer.flushHeaders();
    response.pipe(answer);
  });
  forwarded.on("error", () => answer.destroy());
  answer.on("close", () => forwarded.destroy());
  forwarded.end();
});
server.listen(proxy, () => process.stdout.write("ready\n"));
