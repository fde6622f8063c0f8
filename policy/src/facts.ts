import { z } from "zod";
import type { DockerNetwork } from "./docker-network.ts";
import { formatPath } from "./field-path.ts";
import type { Labels } from "./label-selector.ts";
import { quoted } from "./quoted.ts";

/** What is known of a host where policies are judged without it. */
export interface HostFacts {
  readonly name: string;
  readonly labels: Labels;
  /** As its agent reported them last; empty when it never did. */
  readonly networks: readonly DockerNetwork[];
}

const labels = z.record(z.string(), z.string());

const networkFacts = z.looseObject({
  name: z.string(),
  id: z.string().optional(),
  driver: z.string().optional(),
  /** Absent: it has one. Empty: it has none. */
  bridge: z.string().optional(),
  subnets: z.array(z.string()).optional(),
  internal: z.boolean().optional(),
  labels: labels.optional(),
});

/** The part of a Host document that a policy is judged by. */
const hostFacts = z.looseObject({
  kind: z.literal("Host").optional(),
  metadata: z.looseObject({ name: z.string(), labels: labels.optional() }),
  status: z.looseObject({ networks: z.array(networkFacts) }).optional(),
});

const factsFile = z.looseObject({
  kind: z.literal("HostList").optional(),
  items: z.array(hostFacts),
});

export type FactsParsed =
  | { readonly ok: true; readonly hosts: readonly HostFacts[] }
  | { readonly ok: false; readonly message: string };

/**
 * Reads what `seawall get hosts -o json` prints, of one host or of many. A file
 * written by hand needs names only: `{"items": [{"metadata": {"name": "db-1"},
 * "status": {"networks": [{"name": "shop_backend"}]}}]}`.
 */
export function parseFacts(text: string): FactsParsed {
  const json = readJson(text);
  if (!json.ok) {
    return json;
  }
  const { value } = json;
  const isOne = typeof value === "object" && value !== null && "metadata" in value;
  const parsed = factsFile.safeParse(isOne ? { items: [value] } : value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = (issue?.path ?? []).filter((segment) => typeof segment !== "symbol");
    return {
      ok: false,
      message: `${formatPath(path) || "it"}: ${issue?.message ?? ""}: write it with \`seawall get hosts -o json\``,
    };
  }
  const hosts = parsed.data.items.map(factsOfHost);
  const seen = new Set<string>();
  const repeated = hosts.find(({ name }) => seen.size === seen.add(name).size);
  return repeated === undefined
    ? { ok: true, hosts }
    : { ok: false, message: `host ${quoted(repeated.name)} is there twice: remove one` };
}

/** Takes a Host document too. */
export function factsOfHost({ metadata, status }: z.infer<typeof hostFacts>): HostFacts {
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    networks: (status?.networks ?? []).map((network, index) => {
      const { name, driver = "bridge", bridge = `network ${String(index)}` } = network;
      return {
        id: network.id ?? `${String(index)} ${name}`,
        name,
        driver,
        ...(bridge === "" || driver !== "bridge" ? {} : { bridge }),
        subnets: network.subnets ?? [],
        labels: network.labels ?? {},
        internal: network.internal ?? false,
      };
    }),
  };
}

function readJson(
  text: string,
):
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
    return { ok: false, message: `is not JSON: ${error.message}` };
  }
}
