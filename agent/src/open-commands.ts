import { AgentCommandFailed, type CommandOptions, joinedIdentity } from "./command.ts";
import { type AgentConfig, loadAgentConfig } from "./config.ts";
import { longestOpeningMs, type Opening, openState } from "./core/opening.ts";
import { lockNetworkNamespace } from "./edge/agent-lock.ts";
import { exec } from "./edge/exec.ts";
import { createFirewall } from "./edge/firewall.ts";
import type { AgentIdentity } from "./edge/identity-store.ts";
import { createLastGood } from "./edge/last-good.ts";
import { createManagementEndpoints } from "./edge/management-endpoints.ts";
import { createOpenings } from "./edge/openings.ts";
import { currentPerson } from "./edge/person.ts";
import { systemClock } from "./edge/system-clock.ts";
import { untilAborted } from "./edge/until-aborted.ts";
import { createLocalReconciler, noLog } from "./local-reconciler.ts";
import {
  type Closed,
  closeWithAgent,
  hasRules,
  openMeanwhile,
  openWithAgent,
  untilBack,
} from "./open-host.ts";
import type { Firewall, Openings } from "./ports.ts";
import type { Reconciler } from "./reconciler.ts";

const LONGEST_REASON = 200;

/**
 * Takes all rules of ours off this host for a while. With an agent, resolves once they are gone; without one,
 * once they are back. @throws AgentCommandFailed
 */
export async function open(
  options: CommandOptions & {
    readonly ttlMs: number;
    readonly reason: string;
    readonly say: (text: string) => void;
  },
): Promise<void> {
  const { ttlMs, signal, say } = options;
  const config = loadAgentConfig(options);
  const reason = checkedReason(options.reason);
  if (ttlMs > longestOpeningMs) {
    throw new AgentCommandFailed("Refused", "a host is opened for 24h at most; open it again then");
  }
  const identity = await joinedIdentity(config.stateDirectory);
  const ports = openPorts(config);
  const before = await runningOpening(ports.openings);
  const opening: Opening = {
    since: systemClock.moment(),
    ttlMs,
    reason,
    by: await currentPerson(options.environment),
    openedMs: systemClock.now(),
    hadRules: before?.hadRules ?? (await hasRules(ports)),
  };
  const lock = await lockNetworkNamespace();
  const until = `until ${new Date(opening.openedMs + ttlMs).toISOString()}`;
  if (lock.kind === "taken") {
    const opened = await openWithAgent(ports, opening, signal);
    if (opened.kind === "failed") throw new AgentCommandFailed("Failed", opened.message);
    say(`Open ${until}: no rule of Seawall is in force. End it: seawall agent close`);
    return;
  }
  await ports.openings.add(opening);
  const ended = await withLocalReconciler(config, identity, ports.firewall, (reconciler) =>
    openMeanwhile(reconciler, ports, opening, signal, () => {
      say(
        `Open ${until}: no rule of Seawall is in force. No agent runs here, so this command puts the rules back; keep it running, or end it with Ctrl-C`,
      );
    }),
  );
  sayClosed(ended, say);
}

/** Ends an opening before its time; resolves once the rules are back. @throws AgentCommandFailed */
export async function close(
  options: CommandOptions & { readonly say: (text: string) => void },
): Promise<void> {
  const { signal, say } = options;
  const config = loadAgentConfig(options);
  const ports = openPorts(config);
  const opening = await runningOpening(ports.openings);
  if (opening === undefined) {
    say("This host is not open.");
    return;
  }
  const by = await currentPerson(options.environment);
  const lock = await lockNetworkNamespace();
  if (lock.kind === "taken") {
    sayClosed(await closeWithAgent(ports, opening, by, signal), say);
    return;
  }
  const identity = await joinedIdentity(config.stateDirectory);
  await ports.openings.close(by, systemClock.now());
  const closed = await withLocalReconciler(config, identity, ports.firewall, (reconciler) =>
    untilBack(reconciler, opening, systemClock),
  );
  sayClosed(closed, say);
}

async function runningOpening(openings: Pick<Openings, "read">): Promise<Opening | undefined> {
  const now = { moment: systemClock.moment(), wallMs: systemClock.now() };
  const found = await openings.read();
  return found === "damaged" ? undefined : openState(found, now).now?.opening;
}

function openPorts({ stateDirectory }: AgentConfig) {
  return {
    openings: createOpenings(stateDirectory),
    firewall: createFirewall({ exec }),
    lastGood: createLastGood(stateDirectory),
    clock: systemClock,
  };
}

function checkedReason(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (text.trim() === "" || text.length > LONGEST_REASON || /[\u0000-\u001f\u007f]/.test(text)) {
    throw new AgentCommandFailed(
      "Refused",
      `say why in one line of at most ${LONGEST_REASON} characters`,
    );
  }
  return text.trim();
}

function sayClosed(closed: Closed, say: (text: string) => void): void {
  if (closed.kind === "failed") throw new AgentCommandFailed("Failed", closed.message);
  say(closed.message);
}

async function withLocalReconciler(
  config: AgentConfig,
  identity: AgentIdentity,
  firewall: Firewall,
  use: (reconciler: Reconciler) => Promise<Closed>,
): Promise<Closed> {
  const management = createManagementEndpoints({
    identity: () => identity,
    clock: systemClock,
    log: noLog,
  });
  await untilAborted(AbortSignal.timeout(2_000), management.refresh());
  const reconciler = createLocalReconciler(config, identity, firewall, management);
  const stop = new AbortController();
  const running = reconciler.run(stop.signal);
  try {
    return await use(reconciler);
  } finally {
    stop.abort();
    await running;
  }
}
