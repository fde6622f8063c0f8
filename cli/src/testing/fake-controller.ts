import { join } from "node:path";
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceError,
  type status,
} from "@grpc/grpc-js";
import { type ClientServiceHandlers, clientProto } from "@seawall/proto";
import { writeClientConfig } from "../client-config.ts";
import { createAuthority, type Pair, type TestAuthority } from "./certificates.ts";
import { emptyHome } from "./empty-home.ts";

type Answers = Partial<
  Pick<
    ClientServiceHandlers,
    | "Apply"
    | "Preview"
    | "Delete"
    | "Diff"
    | "History"
    | "Get"
    | "LabelHost"
    | "SetHost"
    | "DeleteHost"
    | "Compliance"
    | "Trace"
    | "Exposure"
    | "Flows"
    | "Events"
    | "CreateToken"
    | "ListTokens"
    | "RevokeToken"
    | "CreateUser"
    | "RevokeUser"
    | "ListUsers"
    | "WhoAmI"
    | "Rollout"
    | "ChangeRollout"
    | "Undo"
    | "Version"
  >
>;

export interface FakeController {
  /** 127.0.0.1:port */
  readonly address: string;
  readonly authority: TestAuthority;
  /** A home directory whose client configuration names this controller. */
  readonly homeDirectory: string;
  /** From now on these calls are answered so; the others with UNIMPLEMENTED. */
  answer(answers: Answers): void;
  stop(): void;
}

/** A real gRPC server with mutual TLS on loopback; only the answers are made up. */
export async function startFakeController(
  options: { readonly certificate?: (authority: TestAuthority) => Promise<Pair> } = {},
): Promise<FakeController> {
  const authority = await createAuthority("fleet");
  const serverPair = await (options.certificate ?? ((ca) => ca.server(["127.0.0.1"])))(authority);
  const server = new Server();
  const { service } = clientProto().seawall.v1.ClientService;
  const port = await bind(server, authority, serverPair);
  const address = `127.0.0.1:${port}`;
  const homeDirectory = emptyHome();
  const user = await authority.client("admin");
  await writeClientConfig(join(homeDirectory, ".config/seawall/config.yaml"), {
    currentContext: "test",
    contexts: [{ name: "test", controller: address, ca: authority.ca, ...user }],
  });
  return {
    address,
    authority,
    homeDirectory,
    answer: (answers) => {
      server.removeService(service);
      server.addService(service, answers);
    },
    stop: () => {
      server.forceShutdown();
    },
  };
}

function bind(server: Server, { ca }: TestAuthority, { certificate, key }: Pair): Promise<number> {
  const credentials = ServerCredentials.createSsl(
    Buffer.from(ca),
    [{ cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) }],
    true,
  );
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

/** Answers every call with this value. */
export function always<Request, Response>(response: Response): handleUnaryCall<Request, Response> {
  return (_call, callback) => {
    callback(null, response);
  };
}

export function refuse<Request, Response>(
  code: status,
  details: string,
): handleUnaryCall<Request, Response> {
  return (_call, callback) => {
    const error: Partial<ServiceError> = { code, details };
    callback(error);
  };
}
