import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  CommandError,
  type Engine,
  engines,
  type Fleet,
  PackagesUnavailableError,
  UnfitMachineError,
} from "@seawall/lab";
import { Narrator, StoryFailed } from "./narrator.ts";
import { setTheStage } from "./stage.ts";
import { tellStory } from "./story.ts";

const usage = "usage: npm run demo -- [--keep] [--engine 20.10|26.1|28.5]";
const repository = join(dirname(fileURLToPath(import.meta.url)), "../../..");

/** Exit codes: 0 the story went as told, 1 it did not, 2 it could not begin, 130 interrupted. */
async function main(): Promise<number> {
  const { keep, engine } = options();
  const begin = performance.now();
  const narrator = new Narrator();
  let fleet: Fleet | undefined;
  const end = new AbortController();
  const interrupted = () => {
    end.abort();
    process.stderr.write("\nseawall demo: interrupted, taking everything down\n");
    void (fleet?.stop() ?? Promise.resolve()).finally(() => process.exit(130));
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    fleet = await setTheStage(engine, (line) => process.stderr.write(`seawall demo: ${line}\n`));
    await tellStory({ fleet, narrator, repository });
    const seconds = ((performance.now() - begin) / 1000).toFixed(0);
    process.stdout.write(
      `\n${String(narrator.outcomes)} probes went as expected, in ${seconds} s.\n`,
    );
    if (keep) {
      fleet.lab.keep();
      process.stdout.write(howToPlay(fleet.lab.id));
    } else {
      await fleet.stop();
    }
    return 0;
  } catch (error) {
    // What was under way fails because the fleet is being taken down; that is no news.
    if (end.signal.aborted) return 130;
    process.stderr.write(`\nseawall demo: ${wordsOf(error)}\n`);
    if (fleet !== undefined) await fleet.stop();
    return cannotBegin(error) ? 2 : 1;
  }
}

function options(): { readonly keep: boolean; readonly engine: Engine | undefined } {
  try {
    const { values } = parseArgs({
      options: { keep: { type: "boolean", default: false }, engine: { type: "string" } },
    });
    const engine = engines.find((known) => known === values.engine);
    if (values.engine !== undefined && engine === undefined)
      throw new TypeError(`no engine "${values.engine}"`);
    return { keep: values.keep, engine };
  } catch (error) {
    process.stderr.write(
      `seawall demo: ${error instanceof Error ? error.message : String(error)}\n${usage}\n`,
    );
    process.exit(2);
  }
}

function cannotBegin(error: unknown): error is Error {
  return error instanceof UnfitMachineError || error instanceof PackagesUnavailableError;
}

// A failed expectation or command carries its evidence; anything else is a bug and shows its stack.
function wordsOf(error: unknown): string {
  if (error instanceof StoryFailed || error instanceof CommandError || cannotBegin(error))
    return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function howToPlay(id: string): string {
  return `
The fleet stays up (lab ${id}). Play with it:

  npm run lab -- exec controller -- seawall get hosts
  npm run lab -- exec controller -- seawall apply -f ${repository}/examples/protect-mysql
  npm run lab -- exec shop-01 -- iptables -S
  npm run lab -- exec client -- ping -c 1 shop-01
  npm run lab -- stop            # takes everything down
`;
}

process.exitCode = await main();
