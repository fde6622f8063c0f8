import type { ServiceDefinition } from "@grpc/grpc-js";

/**
 * The service with a limit on the bytes of each request, below the server's. A message
 * of many empty parts takes a hundred times its size once it is decoded, so it is
 * refused before. The call ends with an error that says so.
 */
export function limitedRequests(service: ServiceDefinition, maxBytes: number): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      {
        ...method,
        requestDeserialize: (bytes: Buffer): unknown => {
          if (bytes.length > maxBytes) {
            throw new Error(`a message of ${bytes.length} bytes; at most ${maxBytes} are taken`);
          }
          return method.requestDeserialize(bytes);
        },
      },
    ]),
  );
}
