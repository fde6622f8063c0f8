import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type LogEntry, readLogEntry } from "./read-log-entry.ts";
import { type PcapRead, pcapStart, readPcap } from "./read-pcap.ts";

/** What tcpdump 4.99.3 wrote of a kernel's group 4747. */
const recorded = readFileSync(new URL("testing/recorded-nflog.pcap", import.meta.url));

function entriesOf(bytes: Uint8Array, chunk = bytes.length): readonly (LogEntry | undefined)[] {
  let position = pcapStart;
  const entries: (LogEntry | undefined)[] = [];
  for (let at = 0; at < bytes.length; at += chunk) {
    const read = readPcap(position, bytes.subarray(at, at + chunk));
    if (read.kind === "broken") break;
    position = read.position;
    const { format } = position;
    if (format === undefined) continue;
    entries.push(...read.records.map((record) => readLogEntry(record, format)));
  }
  return entries;
}

const from4 = { source: "10.1.0.2", destination: "10.2.0.2" };
const from6 = { source: "fd01::2", destination: "fd02::2" };
const forwarded = { in: 2, out: 3 };
const longPrefix = `audit deny shop/${"r".repeat(47)}`;
const atMs = 1_795_898_810_000;

describe("a recorded capture", () => {
  const firsts = entriesOf(recorded).filter((entry) => entry?.prefix !== "deny held");

  test("has every packet with its prefix, its interfaces and what its headers say", () => {
    expect(firsts.map((entry) => ({ ...entry, atMs: 0 }))).toEqual(
      [
        {
          prefix: "deny shop/block",
          ...forwarded,
          header: { ...from4, protocol: "TCP", port: 3306 },
        },
        {
          prefix: "deny shop/block",
          ...forwarded,
          header: { ...from6, protocol: "TCP", port: 443 },
        },
        { prefix: longPrefix, ...forwarded, header: { ...from4, protocol: "UDP", port: 53 } },
        { prefix: longPrefix, ...forwarded, header: { ...from6, protocol: "UDP", port: 53 } },
        { prefix: longPrefix, ...forwarded, header: { ...from6, protocol: "UDP" } },
        { prefix: longPrefix, ...forwarded, header: { ...from6, protocol: "UDP" } },
        {
          prefix: "reject shop/default",
          in: 2,
          header: { source: "10.1.0.2", destination: "10.1.0.1", protocol: "UDP", port: 123 },
        },
      ].map((entry) => ({ ...entry, atMs: 0 })),
    );
  });

  test("has the time at which the kernel saw each", () => {
    expect(firsts[0]?.atMs).toBe(atMs + 755);
  });

  test.each([1, 7, 100, 1000])("reads the same in pieces of %d bytes", (chunk) => {
    expect(entriesOf(recorded, chunk)).toEqual(entriesOf(recorded));
  });
});

describe("whatever comes, nothing is thrown and little is kept", () => {
  const some = recorded.subarray(0, 1_400);
  const check = (bytes: Uint8Array) => {
    const read = readPcap(pcapStart, bytes);
    if (read.kind === "records") {
      expect(read.position.rest.length).toBeLessThan(129 * 1_024);
    }
    entriesOf(bytes);
  };

  test("cut off anywhere", () => {
    for (let end = 0; end < some.length; end++) check(some.subarray(0, end));
  });

  test.each([0x00, 0x7f, 0xff])("any byte turned to %d", (value) => {
    for (let at = 0; at < some.length; at++) {
      const changed = Uint8Array.from(some);
      changed[at] = value;
      check(changed);
    }
  });

  test.each<[string, Uint8Array, PcapRead]>([
    [
      "another program's words",
      Buffer.from("tcpdump: no such device exists"),
      broken("not a capture of NFLOG entries"),
    ],
    ["a capture of frames", withLinkType(1), broken("not a capture of NFLOG entries")],
    [
      "a record without end",
      Buffer.concat([recorded.subarray(0, 32), Buffer.from("ffffffffffffffff", "hex")]),
      broken("a record of 4294967295 bytes"),
    ],
  ])("%s is refused", (_, bytes, read) => {
    expect(readPcap(pcapStart, bytes)).toEqual(read);
  });
});

function broken(message: string): PcapRead {
  return { kind: "broken", message };
}

function withLinkType(type: number): Uint8Array {
  const changed = Uint8Array.from(recorded);
  changed[20] = type;
  return changed;
}

test("a host of the other byte order, with nanoseconds", () => {
  const header = Buffer.from(
    "a1b23c4d 0002 0004 00000000 00000000 00040000 000000ef".replaceAll(" ", ""),
    "hex",
  );
  const packet = "45000020000100004011 0000 cb007109 0a010002 1234 0035".replaceAll(" ", "");
  const values = `0200128b 0014000a${Buffer.from("deny shop/block\0").toString("hex")} 001c0009${packet}`;
  const data = Buffer.from(values.replaceAll(" ", ""), "hex");
  const record = Buffer.alloc(16);
  record.writeUInt32BE(7, 0);
  record.writeUInt32BE(5_000_000, 4);
  record.writeUInt32BE(data.length, 8);
  expect(entriesOf(Buffer.concat([header, record, data]))).toEqual([
    {
      prefix: "deny shop/block",
      header: { protocol: "UDP", source: "203.0.113.9", destination: "10.1.0.2", port: 53 },
      atMs: 7_005,
    },
  ]);
});
