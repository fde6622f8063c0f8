import { engines, PackagesUnavailableError, whyUnfit } from "@seawall/lab";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type Cell, cells, nameOf } from "./cells.ts";
import { describeOutcomes, type Outcome } from "./outcomes.ts";
import type { Site } from "./site.ts";
import { startSites } from "./start-sites.ts";
import { tellStory } from "./story.ts";

/** All of it with `npm run test:matrix`; a few of the cells with `npm test`. */
const whole = process.env["SEAWALL_MATRIX"] === "all";
const chosen = cells.filter((cell) => whole || cell.quick);
const outcomes: Outcome[] = [];

/** As many as two cores can bear at once. */
const perFleet = 4;

const fleets = engines.flatMap((engine) => {
  const own = chosen.filter((cell) => cell.engine === engine);
  const count = Math.ceil(own.length / perFleet);
  return Array.from({ length: count }, (_, at) => own.slice(at * perFleet, (at + 1) * perFleet));
});

afterAll(() => {
  process.stderr.write(describeOutcomes(outcomes));
});

describe.each(fleets)("fleet %#", (...own) => {
  let sites: ReadonlyMap<Cell, Site> | undefined;
  let stop = () => Promise.resolve();
  let missing = "";

  beforeAll(async () => {
    const unfit = whyUnfit();
    if (unfit !== undefined) throw new Error(unfit);
    try {
      ({ sites, stop } = await startSites(own));
    } catch (error) {
      if (!(error instanceof PackagesUnavailableError)) throw error;
      missing = error.message;
    }
  }, 300_000);

  afterAll(() => stop());

  for (const cell of own) {
    test.concurrent(nameOf(cell), async (context) => {
      const begin = performance.now();
      const end = (outcome: Pick<Outcome, "kind" | "why">) => {
        outcomes.push({ cell, seconds: (performance.now() - begin) / 1000, ...outcome });
      };
      const site = sites?.get(cell);
      if (site === undefined) {
        end({ kind: "SKIPPED", why: missing });
        return context.skip(missing);
      }
      try {
        await tellStory(site);
        end({ kind: "PASS", why: "" });
      } catch (error) {
        end({ kind: "FAIL", why: error instanceof Error ? error.message : String(error) });
        throw error;
      }
    });
  }
});
