import { eventually } from "@seawall/lab";
import { desiredGetSubject } from "@seawall/proto";
import { connect, type NatsConnection } from "nats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBuckets } from "../store/buckets.ts";
import { connectTestAgent, type TestAgent } from "../testing/test-agent.ts";
import { testServerCertificate } from "../testing/test-certificates.ts";
import { startTestNats, type TestNats } from "../testing/test-nats.ts";
import { connectNats, NatsConnectError } from "./connect.ts";
import { createNatsKeys } from "./nats-keys.ts";
import { pushAccounts } from "./push-accounts.ts";
import { mintControllerUser, mintSystemUser } from "./user-credentials.ts";

let nats: TestNats;
let system: NatsConnection;
beforeAll(async () => {
  nats = await startTestNats();
  system = await nats.system();
  await ensureBuckets(await nats.controller(), { replicas: 1 });
});
afterAll(() => nats.stop());

const ignore = { name: "test", onEvent: () => undefined };
const closed = async (connection: NatsConnection) => {
  await connection.closed();
  return true;
};

describe("who gets in", () => {
  it("refuses a client that does not speak TLS", async () => {
    const plain = connect({ servers: nats.address, reconnect: false, timeout: 2_000 });
    await expect(plain).rejects.toThrow();
  });

  it("refuses a client without credentials", async () => {
    const tls = { ca: nats.certificate.caPem };
    await expect(connect({ servers: nats.address, tls, reconnect: false })).rejects.toThrow(
      /authorization/i,
    );
  });

  it("tells a controller that does not trust the server's certificate", async () => {
    const { caPem } = await testServerCertificate(["127.0.0.1"]);
    const user = await mintControllerUser(nats.keys);
    const attempt = connectNats({ ...ignore, servers: [nats.address], caPem, user });
    await expect(attempt).rejects.toMatchObject({ code: "NotTrusted" });
  });

  it("tells a controller whose server belongs to another operator", async () => {
    const { caPem } = nats.certificate;
    const user = await mintControllerUser(createNatsKeys());
    const attempt = connectNats({ ...ignore, servers: [nats.address], caPem, user });
    await expect(attempt).rejects.toMatchObject({ code: "NotAuthorized" });
  });

  it("tells a controller that nobody listens", async () => {
    const { caPem } = nats.certificate;
    const user = await mintSystemUser(nats.keys);
    const attempt = connectNats({ ...ignore, servers: ["127.0.0.1:1"], caPem, user });
    await expect(attempt).rejects.toThrow(NatsConnectError);
    await expect(attempt).rejects.toMatchObject({ code: "Unreachable" });
  });

  it("cuts a host when its credentials expire", async () => {
    const agent = await connectTestAgent(nats, "expiring", { ttlSeconds: 4 });
    await eventually(() => closed(agent.nats), { what: "the end of the connection" });
    await expect(connectTestAgent(nats, "expired", { ttlSeconds: -1 })).rejects.toThrow(
      /authorization/i,
    );
  });
});

describe("a revoked host", () => {
  it("is cut, the fastest of three within a second, others are not, and stays out when the server was restarted", async () => {
    const revocations = new Map<string, number>();
    /** Milliseconds. */
    const untilCut = async (agent: TestAgent): Promise<number> => {
      revocations.set(agent.publicKey, Math.floor(Date.now() / 1000) + 2);
      const startedMs = performance.now();
      await pushAccounts(system, nats.keys, revocations);
      await agent.nats.closed();
      return performance.now() - startedMs;
    };
    const stays = await connectTestAgent(nats, "stays", { connection: { reconnect: true } });
    const gone = await connectTestAgent(nats, "gone");
    // The machine may have held up one of them.
    const took = [
      await untilCut(await connectTestAgent(nats, "gone-before")),
      await untilCut(await connectTestAgent(nats, "gone-then")),
      await untilCut(gone),
    ];
    expect(Math.min(...took)).toBeLessThan(1_000);
    const answer = await stays.nats.request(desiredGetSubject("stays"), "", { timeout: 20_000 });
    expect(answer.headers?.code).toBe(404);
    await expect(gone.reconnect()).rejects.toThrow(/authorization/i);

    nats.crash();
    await eventually(() => stays.nats.rtt(), { what: "the new server" });
    await expect(gone.reconnect()).rejects.toThrow(/authorization/i);

    await nats.restart();
    await expect(gone.reconnect()).rejects.toThrow(/authorization/i);
    await stays.nats.close();
  });

  it("stays out of a server that lost its claims, once the controller has pushed them again", async () => {
    const gone = await connectTestAgent(nats, "gone-too");
    await gone.nats.close();
    const revocations = new Map([[gone.publicKey, Math.floor(Date.now() / 1000) + 2]]);
    await nats.restart({ loseClaims: true });
    await pushAccounts(await nats.system(), nats.keys, revocations);
    await expect(gone.reconnect()).rejects.toThrow(/authorization/i);
  });

  it("can come back when the list no longer names it", async () => {
    // The server was started anew: what is asked before its end was noticed is lost.
    await eventually(() => system.rtt(), { what: "the connection to the new server" });
    const back = await connectTestAgent(nats, "back");
    const until = Math.floor(Date.now() / 1000) + 2;
    await pushAccounts(system, nats.keys, new Map([[back.publicKey, until]]));
    await back.nats.closed();
    await pushAccounts(system, nats.keys, new Map());
    const again = await back.reconnect();
    const answer = await again.request(desiredGetSubject("back"), "", { timeout: 20_000 });
    expect(answer.headers?.code).toBe(404);
    await again.close();
  });
});

it("the system user may do nothing but push and look up claims", async () => {
  await expect(system.request("$SYS.REQ.SERVER.PING", "", { timeout: 500 })).rejects.toThrow();
});
