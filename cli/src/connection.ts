import {
  type CallOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  type requestCallback,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import {
  type ApplyRequest,
  type ApplyResponse__Output,
  type ChangeRolloutRequest,
  type ClientServiceClient,
  type ComplianceRequest,
  type CreateTokenRequest,
  type CreateTokenResponse__Output,
  type CreateUserRequest,
  type CreateUserResponse__Output,
  clientProto,
  type DeleteRequest,
  type DiffRequest,
  type DiffResponse__Output,
  type DocumentResponse__Output,
  type EventsRequest,
  type EventsResponse__Output,
  type ExposureRequest,
  type FleetFlowsRequest,
  type FleetFlowsResponse__Output,
  type GetRequest,
  type GetResponse__Output,
  type HistoryRequest,
  type HistoryResponse__Output,
  type LabelHostRequest,
  type ListTokensResponse__Output,
  type ListUsersResponse__Output,
  type PreviewResponse__Output,
  type SecureChannel,
  type SetHostRequest,
  secureChannel,
  type TraceRequest,
  type UndoRequest,
  type VersionResponse__Output,
  type WhoAmIResponse__Output,
} from "@seawall/proto";
import { CommandFailure, exitCodes } from "./exit-code.ts";
import { commandFailure, type RpcTarget } from "./rpc-failure.ts";

/** As PEM. */
export interface Credentials {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export interface FlowsRequest extends FleetFlowsRequest {
  /** 0: until Ctrl-C. */
  readonly forMs: number;
}

const MAX_SENT_BYTES = 64 << 20;
const MAX_RECEIVED_BYTES = 256 << 20;
const DEADLINE_MS = 30_000;
/** A thousand revisions with all their objects. */
const HISTORY_MS = 600_000;
/** Ten thousand hosts, some of which do not answer. */
const PREVIEW_MS = 600_000;

/**
 * One controller, over mutual TLS. Every call has a deadline, ends with Ctrl-C,
 * and fails with a CommandFailure as the table in rpc-failure.ts says.
 */
export class Connection {
  readonly #client: ClientServiceClient;
  readonly #target: RpcTarget;
  readonly #interrupted: AbortSignal;
  readonly #deadlineMs: number;

  constructor(
    target: RpcTarget,
    identity: Credentials,
    interrupted: AbortSignal,
    deadlineMs = DEADLINE_MS,
  ) {
    this.#target = target;
    this.#interrupted = interrupted;
    this.#deadlineMs = deadlineMs;
    const { credentials, options } = channel(target.address, identity);
    const { ClientService } = clientProto().seawall.v1;
    this.#client = new ClientService(target.address, credentials, {
      ...options,
      "grpc.max_send_message_length": MAX_SENT_BYTES,
      "grpc.max_receive_message_length": MAX_RECEIVED_BYTES,
    });
  }

  apply(request: ApplyRequest): Promise<ApplyResponse__Output> {
    return this.#call((options, done) => this.#client.apply(request, options, done));
  }

  /** Hands over what a change would do, as hosts are asked. */
  preview(
    request: ApplyRequest,
    onResponse: (response: PreviewResponse__Output) => void,
  ): Promise<void> {
    const deadline = Date.now() + PREVIEW_MS;
    return this.#stream(this.#client.preview(request, { deadline }), onResponse);
  }

  delete(request: DeleteRequest): Promise<ApplyResponse__Output> {
    return this.#call((options, done) => this.#client.delete(request, options, done));
  }

  diff(request: DiffRequest): Promise<DiffResponse__Output> {
    return this.#call((options, done) => this.#client.diff(request, options, done));
  }

  /** Hands over all of it, one after the other. */
  history(
    request: HistoryRequest,
    onResponse: (response: HistoryResponse__Output) => void,
  ): Promise<void> {
    const deadline = Date.now() + HISTORY_MS;
    return this.#stream(this.#client.history(request, { deadline }), onResponse);
  }

  get(request: GetRequest): Promise<GetResponse__Output> {
    return this.#call((options, done) => this.#client.get(request, options, done));
  }

  labelHost(request: LabelHostRequest): Promise<GetResponse__Output> {
    return this.#call((options, done) => this.#client.labelHost(request, options, done));
  }

  setHost(request: SetHostRequest): Promise<GetResponse__Output> {
    return this.#call((options, done) => this.#client.setHost(request, options, done));
  }

  async deleteHost(host: string): Promise<void> {
    await this.#call((options, done) => this.#client.deleteHost({ host }, options, done));
  }

  async compliance(request: ComplianceRequest): Promise<string> {
    const { document } = await this.#call<DocumentResponse__Output>((options, done) =>
      this.#client.compliance(request, options, done),
    );
    return document;
  }

  async rollout(): Promise<string> {
    const { document } = await this.#call<DocumentResponse__Output>((options, done) =>
      this.#client.rollout({}, options, done),
    );
    return document;
  }

  async changeRollout(request: ChangeRolloutRequest): Promise<string> {
    const { document } = await this.#call<DocumentResponse__Output>((options, done) =>
      this.#client.changeRollout(request, options, done),
    );
    return document;
  }

  undo(request: UndoRequest): Promise<ApplyResponse__Output> {
    return this.#call((options, done) => this.#client.undo(request, options, done));
  }

  async trace(request: TraceRequest): Promise<string> {
    const { document } = await this.#call<DocumentResponse__Output>((options, done) =>
      this.#client.trace(request, options, done),
    );
    return document;
  }

  async exposure(request: ExposureRequest): Promise<string> {
    const { document } = await this.#call<DocumentResponse__Output>((options, done) =>
      this.#client.exposure(request, options, done),
    );
    return document;
  }

  /** Hands over what comes, until the controller has nothing more to tell. */
  flows(
    request: FlowsRequest,
    onResponse: (response: FleetFlowsResponse__Output) => void,
  ): Promise<void> {
    const { forMs } = request;
    const deadline = forMs === 0 ? {} : { deadline: Date.now() + forMs + this.#deadlineMs };
    return this.#stream(this.#client.flows(request, deadline), onResponse);
  }

  /** Hands over what happened, and with `follow` what happens, until Ctrl-C. */
  events(
    request: EventsRequest,
    onResponse: (response: EventsResponse__Output) => void,
  ): Promise<void> {
    const deadline = request.follow === true ? {} : { deadline: Date.now() + HISTORY_MS };
    return this.#stream(this.#client.events(request, deadline), onResponse);
  }

  createToken(request: CreateTokenRequest): Promise<CreateTokenResponse__Output> {
    return this.#call((options, done) => this.#client.createToken(request, options, done));
  }

  listTokens(): Promise<ListTokensResponse__Output> {
    return this.#call((options, done) => this.#client.listTokens({}, options, done));
  }

  async revokeToken(id: string): Promise<void> {
    await this.#call((options, done) => this.#client.revokeToken({ id }, options, done));
  }

  createUser(request: CreateUserRequest): Promise<CreateUserResponse__Output> {
    return this.#call((options, done) => this.#client.createUser(request, options, done));
  }

  async revokeUser(name: string): Promise<void> {
    await this.#call((options, done) => this.#client.revokeUser({ name }, options, done));
  }

  listUsers(): Promise<ListUsersResponse__Output> {
    return this.#call((options, done) => this.#client.listUsers({}, options, done));
  }

  whoAmI(): Promise<WhoAmIResponse__Output> {
    return this.#call((options, done) => this.#client.whoAmI({}, options, done));
  }

  version(): Promise<VersionResponse__Output> {
    return this.#call((options, done) => this.#client.version({}, options, done));
  }

  close(): void {
    this.#client.close();
  }

  #call<Response>(
    start: (options: CallOptions, done: requestCallback<Response>) => ClientUnaryCall,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + this.#deadlineMs;
      const call = start({ deadline }, (error, response) => {
        this.#interrupted.removeEventListener("abort", cancel);
        if (error !== null) reject(this.#failure(error));
        else if (response === undefined) reject(new Error("a call ended with no answer"));
        else resolve(response);
      });
      const cancel = () => {
        call.cancel();
      };
      this.#interrupted.addEventListener("abort", cancel, { once: true });
      if (this.#interrupted.aborted) cancel();
    });
  }

  #stream<Response>(
    call: ClientReadableStream<Response>,
    onResponse: (response: Response) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = () => {
        call.cancel();
      };
      call.on("data", onResponse);
      call.on("error", (error: ServiceError) => {
        this.#interrupted.removeEventListener("abort", cancel);
        reject(this.#failure(error));
      });
      call.on("end", () => {
        this.#interrupted.removeEventListener("abort", cancel);
        resolve();
      });
      this.#interrupted.addEventListener("abort", cancel, { once: true });
      if (this.#interrupted.aborted) cancel();
    });
  }

  #failure(error: ServiceError): CommandFailure {
    if (this.#interrupted.aborted) {
      return new CommandFailure(exitCodes.interrupted, "Interrupted.");
    }
    return commandFailure({ status: status[error.code], details: error.details }, this.#target);
  }
}

function channel(address: string, { ca, certificate, key }: Credentials): SecureChannel {
  try {
    return secureChannel(address, {
      caPem: ca,
      client: { privateKeyPem: key, chainPem: certificate },
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new CommandFailure(
      exitCodes.error,
      `Error: the CA, certificate or key of this context is not usable (${error.message}).\nLook at it: seawall config view`,
    );
  }
}
