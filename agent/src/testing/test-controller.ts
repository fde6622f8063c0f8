import { generateKeyPairSync } from "node:crypto";
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import {
  type AgentMessage__Output,
  type AgentServiceHandlers,
  agentProto,
  type ControllerMessage,
  formatJoinToken,
  type JoinRequest__Output,
  type JoinResponse,
  type JoinServiceHandlers,
  joinProto,
  keyIdOf,
  type RenewRequest__Output,
  type RenewResponse,
} from "@seawall/proto";
import { spkiOf, TestCa, type TestLeaf } from "./test-ca.ts";

/** As a handler refuses a call. */
class TestRefusal extends Error {
  readonly code: status;

  constructor(code: status, details: string) {
    super(details);
    this.code = code;
  }
}

export type TestStream = ServerDuplexStream<AgentMessage__Output, ControllerMessage>;

export interface TestControllerOptions {
  /** Both ports of an earlier one; any by default. */
  readonly ports?: { readonly join: number; readonly main: number };
  readonly ca?: TestCa;
  /** What the join listener presents instead of its own certificate and CA. */
  readonly presented?: TestLeaf;
}

/** A NATS JWT that is valid from `ageMs` ago, for a day. Nobody verifies its signature here. */
export function testNatsJwt(ageMs = 0): string {
  const iat = Math.floor((Date.now() - ageMs) / 1_000);
  const claims = Buffer.from(JSON.stringify({ iat, exp: iat + 86_400 })).toString("base64url");
  return `e30.${claims}.e30`;
}

/** The controller's two listeners as an agent meets them: real TLS, real gRPC, and answers that a test decides. */
export class TestController {
  readonly ca: TestCa;
  readonly joins: JoinRequest__Output[] = [];
  readonly renewals: RenewRequest__Output[] = [];
  /** Serial number of the client certificate of each stream. */
  readonly streamCertificates: string[] = [];
  joinAddress = "";
  mainAddress = "";
  onJoin: (request: JoinRequest__Output) => Promise<JoinResponse> = (request) =>
    this.joinResponse(request);
  onRenew: (request: RenewRequest__Output) => Promise<RenewResponse> = (request) =>
    this.renewResponse(request);
  onStream: (stream: TestStream) => void = () => undefined;
  readonly #servers: Server[] = [];
  readonly #signingKey = generateKeyPairSync("ed25519").publicKey;

  private constructor(ca: TestCa) {
    this.ca = ca;
  }

  static async start(options: TestControllerOptions = {}): Promise<TestController> {
    const controller = new TestController(options.ca ?? (await TestCa.create()));
    const { ca } = controller;
    const own = await ca.server(["127.0.0.1", "localhost"]);
    const presented = options.presented ?? { ...own, certificatePem: own.certificatePem + ca.pem };
    const { join = 0, main = 0 } = options.ports ?? {};
    const { JoinService } = joinProto().seawall.v1;
    const { AgentService } = agentProto().seawall.v1;
    controller.joinAddress = await controller.#listen(
      join,
      credentials(presented),
      JoinService.service,
      controller.#joinHandlers(),
    );
    controller.mainAddress = await controller.#listen(
      main,
      credentials(own, ca),
      AgentService.service,
      controller.#agentHandlers(),
    );
    return controller;
  }

  get token(): string {
    return formatJoinToken({
      caFingerprint: this.ca.fingerprint,
      id: "0123456789abcdef",
      secret: "s".repeat(43),
    });
  }

  async joinResponse(request: JoinRequest__Output): Promise<JoinResponse> {
    return {
      ...(await this.renewResponse(request, request.host)),
      caDer: this.ca.der,
      controllerAddress: this.mainAddress,
      signingKeys: [{ keyId: keyIdOf(this.#signingKey), spkiDer: spkiOf(this.#signingKey) }],
    };
  }

  async renewResponse(
    request: { readonly csrDer: Buffer },
    host = "web-1",
  ): Promise<RenewResponse> {
    return {
      certificateDer: await this.ca.host(host, request.csrDer),
      natsJwt: testNatsJwt(),
      natsUrl: "127.0.0.1:7422",
    };
  }

  stop(): void {
    for (const server of this.#servers) server.forceShutdown();
  }

  #joinHandlers(): JoinServiceHandlers {
    return {
      Join: (call, answer) => {
        this.joins.push(call.request);
        this.onJoin(call.request).then(
          (response) => {
            answer(null, response);
          },
          (refusal: unknown) => {
            answer(asRefusal(refusal));
          },
        );
      },
    };
  }

  #agentHandlers(): AgentServiceHandlers {
    return {
      Renew: (call, answer) => {
        this.renewals.push(call.request);
        this.onRenew(call.request).then(
          (response) => {
            answer(null, response);
          },
          (refusal: unknown) => {
            answer(asRefusal(refusal));
          },
        );
      },
      Connect: (stream) => {
        this.streamCertificates.push(
          stream.getAuthContext().sslPeerCertificate?.serialNumber ?? "",
        );
        stream.on("error", () => undefined);
        stream.on("end", () => {
          stream.end();
        });
        this.onStream(stream);
      },
    };
  }

  async #listen(
    port: number,
    tls: ServerCredentials,
    service: ServiceDefinition,
    handlers: UntypedServiceImplementation,
  ) {
    const server = new Server();
    server.addService(service, handlers);
    this.#servers.push(server);
    const bound = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port}`, tls, (error, got) => {
        if (error === null) resolve(got);
        else reject(error);
      });
    });
    return `127.0.0.1:${bound}`;
  }
}

export function refusal(code: status, details: string): Promise<never> {
  return Promise.reject(new TestRefusal(code, details));
}

function asRefusal(error: unknown) {
  return error instanceof TestRefusal
    ? { code: error.code, details: error.message }
    : { code: status.INTERNAL, details: String(error) };
}

function credentials(leaf: TestLeaf, clientCa?: TestCa): ServerCredentials {
  const pair = {
    private_key: Buffer.from(leaf.privateKeyPem),
    cert_chain: Buffer.from(leaf.certificatePem),
  };
  return clientCa === undefined
    ? ServerCredentials.createSsl(null, [pair])
    : ServerCredentials.createSsl(Buffer.from(clientCa.pem), [pair], true);
}
