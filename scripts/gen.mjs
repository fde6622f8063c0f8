// Generates proto/src/gen from the .proto files. The flags here and the options
// in proto/src/load.ts describe the same messages; change both or neither.
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";

rmSync("proto/src/gen", { recursive: true, force: true });
execFileSync(
  "node_modules/.bin/proto-loader-gen-types",
  [
    "--includeDirs=proto",
    "--longs=Number",
    "--enums=String",
    "--defaults",
    "--oneofs",
    "--includeComments",
    "--grpcLib=@grpc/grpc-js",
    "--importFileExtension=.ts",
    "--outDir=proto/src/gen",
    ...readdirSync("proto/seawall/v1").sort().map((file) => `seawall/v1/${file}`),
  ],
  { stdio: ["ignore", "ignore", "inherit"] },
);
