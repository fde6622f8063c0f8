import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { ProtoGrpcType as AgentProto } from "./gen/agent.ts";
import type { ProtoGrpcType as ClientProto } from "./gen/client.ts";
import type { ProtoGrpcType as JoinProto } from "./gen/join.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** On first use: it takes a fifth of a process's start, and most need one of the three. */
function once<Proto>(read: () => Proto): () => Proto {
  let proto: Proto | undefined;
  return () => (proto ??= read());
}

// The options describe the same messages as the flags in scripts/gen.mjs.
// longs as Number: generations and counters stay below 2^53.
function load(file: string) {
  return loadPackageDefinition(
    loadSync(`seawall/v1/${file}`, {
      includeDirs: [root],
      longs: Number,
      enums: String,
      defaults: true,
      oneofs: true,
    }),
  );
}

// proto-loader builds the objects at run time from the same files the types were
// generated from; `npm run check` fails when the two have drifted apart.
export const agentProto = once(() => load("agent.proto") as unknown as AgentProto);
export const clientProto = once(() => load("client.proto") as unknown as ClientProto);
export const joinProto = once(() => load("join.proto") as unknown as JoinProto);
