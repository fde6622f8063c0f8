import type { DockerContainer, DockerProxy, EngineFacts, HostView } from "@seawall/policy";
import type { Failure } from "./core/failure.ts";
import { type Endpoint, managementBindings } from "./core/management-bindings.ts";
import type { Clock, Docker, DockerFacts, Engine } from "./ports.ts";

/** What is known of Docker now; with `failure`, from the last time it answered. */
export interface DockerKnowledge {
  readonly facts?: DockerFacts;
  readonly engine?: Engine;
  readonly failure?: Failure;
  /** It was asked again and has neither answered nor failed yet: this is what came of the question before. */
  readonly isAwaited?: true;
  /** Which question this came of, as `expire` counts them. */
  readonly asked?: number;
}

export interface DockerView {
  read(): Promise<DockerKnowledge>;
  /** Somebody wants to know what is there: what Docker was asked before this number does not answer that. */
  readonly expire: () => number;
}

/** Rules that somebody took away are back within 100 ms. Most engines answer sooner than that, and none has to. */
const ANSWERS_SOON_MS = 25;

interface Question {
  /** How many changes Docker had told of by then. */
  readonly heard: number;
  readonly answer: Promise<DockerKnowledge>;
  /** Somebody has gone on without it. */
  isLate: boolean;
}

/**
 * Reads networks and containers afresh every time. The engine can change only when Docker was away, and its
 * proxies only with a container, so both are read again only after Docker said that something changed.
 *
 * Only the first question of a run is waited for until it is answered or has failed. Later ones go on behind whoever
 * asked, who is told what is known; `onLate` is called once they are over, and the next to read is told what came of it. A
 * question from before a change is no answer to whoever reads after that change.
 */
export function createDockerView(
  docker: Docker,
  clock: Pick<Clock, "sleep">,
  onLate: () => void,
): DockerView {
  let last: DockerKnowledge | undefined;
  let engineIsFresh = false;
  let heard = 0;
  let question: Question | undefined;
  /** What nobody has read yet, by what its question had heard. */
  let unread: number | undefined;
  docker.onChange(() => {
    engineIsFresh = false;
    heard += 1;
  });

  /** Whatever goes wrong is said: nobody may be waiting for it any more. */
  const answerOrFailure = async (): Promise<DockerKnowledge> => {
    try {
      return await answerOf();
    } catch (error) {
      engineIsFresh = false;
      const { facts, engine } = last ?? {};
      const message = error instanceof Error ? error.message : String(error);
      const failure: Failure = { class: "retry", reason: "InternalError", message };
      return { ...(facts && { facts }), ...(engine && { engine }), failure };
    }
  };

  const answerOf = async (): Promise<DockerKnowledge> => {
    const { facts, engine: before } = last ?? {};
    const known = { ...(facts && { facts }), ...(before && { engine: before }) };
    // Before anything is read: what changes meanwhile makes it old again.
    const readEngine = !engineIsFresh;
    engineIsFresh = true;
    const answer = await docker.view();
    if (answer.kind === "failed") {
      engineIsFresh = false;
      return { ...known, failure: answer.failure };
    }
    if (!readEngine) return { ...known, facts: answer };
    const engine = await docker.engine();
    if (engine.kind === "failed") {
      engineIsFresh = false;
      return { ...known, facts: answer, failure: engine.failure };
    }
    return { facts: answer, engine: engine.engine };
  };

  const ask = (): Question => {
    const asked: Question = {
      ...{ heard, isLate: false },
      answer: answerOrFailure()
        .then((found) => {
          const answer = { ...found, asked: asked.heard };
          last = answer;
          if (asked.isLate) {
            unread = asked.heard;
            onLate();
          }
          return answer;
        })
        .finally(() => {
          question = undefined;
        }),
    };
    return asked;
  };

  /** One question at a time: an engine that is slow is not to have many at once. */
  const readUntil = async (tooLong: Promise<"tooLong">): Promise<DockerKnowledge> => {
    const since = heard;
    for (;;) {
      const asked = (question ??= ask());
      const answer = await Promise.race([asked.answer, tooLong]);
      if (answer === "tooLong") {
        asked.isLate = true;
        return { ...last, isAwaited: true };
      }
      unread = undefined;
      if (asked.heard >= since) return answer;
    }
  };

  return {
    async read() {
      if (last === undefined) return await readUntil(new Promise(() => undefined));
      if (unread === heard) {
        unread = undefined;
        return last;
      }
      const over = new AbortController();
      const tooLong = clock.sleep(ANSWERS_SOON_MS, over.signal).then(() => "tooLong" as const);
      try {
        return await readUntil(tooLong);
      } finally {
        over.abort();
      }
    },
    expire: () => {
      heard += 1;
      return heard;
    },
  };
}

/** Everything that policies are resolved and judged by. undefined: Docker has not answered yet. */
export function hostViewOf(
  { facts, engine }: DockerKnowledge,
  dockerRules: EngineFacts["dockerRules"],
  endpoints: readonly Endpoint[],
): HostView | undefined {
  if (facts === undefined) return undefined;
  const { networks, containers, awaitedPorts, interfaces, addresses, bridgeNf } = facts;
  return {
    networks,
    containers,
    ...(awaitedPorts.length === 0 ? {} : { awaitedPorts }),
    interfaces,
    addresses,
    engine: {
      version: engine?.version ?? "",
      swarm: engine?.swarm ?? false,
      firewall: firewallOf(engine),
      dockerRules,
      bridgeNf,
      proxies: (engine?.proxies ?? everyPossibleProxy(containers)).filter((proxy) =>
        isPublished(proxy, containers),
      ),
    },
    management: managementBindings(endpoints, containers),
  };
}

/** An engine that does not say (before 28) knows iptables only; with firewalld it says so behind a plus. */
export function firewallOf(engine: Engine | undefined): EngineFacts["firewall"] {
  return engine?.firewallBackend.startsWith("nftables") === true ? "nftables" : "iptables";
}

// One that has not ended yet, and those of another engine on the same machine, say nothing about this one.
function isPublished(proxy: DockerProxy, containers: readonly DockerContainer[]): boolean {
  return containers.some(({ published }) =>
    published.some(
      ({ protocol, hostPort, containerPort }) =>
        protocol === proxy.protocol &&
        hostPort === proxy.hostPort &&
        containerPort === proxy.containerPort,
    ),
  );
}

/** What cannot be seen is taken to be there: it would be a way around every policy. */
function everyPossibleProxy(containers: readonly DockerContainer[]): readonly DockerProxy[] {
  return containers.flatMap(({ attachments, published }) => {
    const [containerAddress] = attachments.flatMap(({ addresses }) => addresses);
    return containerAddress === undefined
      ? []
      : published.map((port) => ({ ...port, containerAddress }));
  });
}
