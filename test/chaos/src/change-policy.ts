import { setTimeout as delay } from "node:timers/promises";
import type { Fleet } from "@seawall/lab";
import { manifestOf, type PolicyChange } from "./policy-change.ts";
import { messageOf, type Write } from "./write.ts";

/** Sends it as a person would, who tries again where nobody is, and keeps what was answered. */
export async function changePolicy(
  fleet: Fleet,
  change: PolicyChange,
  number: number,
): Promise<Write> {
  const manifest = manifestOf(change, number);
  const verb = manifest === undefined ? ["delete", change.object] : ["apply", "-f", "-"];
  const send = () => fleet.seawall([...verb, "--message", messageOf({ number })], manifest);
  let answer = await send();
  // Only then is it certain that it was not done.
  for (let more = 2; more > 0 && answer.stderr.includes("nothing listens"); more -= 1) {
    await delay(1000);
    answer = await send();
  }
  const { code, stdout, stderr } = answer;
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
