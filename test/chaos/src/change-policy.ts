import type { Fleet } from "@seawall/lab";
import { manifestOf, type PolicyChange } from "./policy-change.ts";
import { messageOf, type Write } from "./write.ts";

/** Sends it as a person would, once, and keeps what was answered. */
export async function changePolicy(
  fleet: Fleet,
  change: PolicyChange,
  number: number,
): Promise<Write> {
  const manifest = manifestOf(change, number);
  const message = ["--message", messageOf({ number })];
  const { code, stdout, stderr } =
    manifest === undefined
      ? await fleet.seawall(["delete", change.object, ...message])
      : await fleet.seawall(["apply", "-f", "-", ...message], manifest);
  const revision = /^revision (\d+)$/m.exec(stdout)?.[1];
  return {
    number,
    change,
    outcome:
      code === 0 && revision !== undefined
        ? { kind: "acknowledged", revision: Number(revision) }
        : { kind: "unknown", said: stderr.trim().split("\n")[0] ?? "" },
  };
}
