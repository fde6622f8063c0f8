import { test } from "vitest";
import { tellStory } from "./story.ts";

/** SEAWALL_FLEET_HOSTS=2000 SEAWALL_FLEET_CHANGING=1000 npm test -- --project packets test/fleet */
const hosts = Number(process.env["SEAWALL_FLEET_HOSTS"] ?? 1_000);
const changing = Number(process.env["SEAWALL_FLEET_CHANGING"] ?? 60);
const stories = Number(process.env["SEAWALL_FLEET_STORIES"] ?? 1);
const firstSeed = Number(process.env["SEAWALL_FLEET_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test.each(Array.from({ length: stories }, (_, index) => firstSeed + index))(
  `a fleet of ${String(hosts)} hosts, of which ${String(changing)} change (SEAWALL_FLEET_SEED=%i)`,
  async (seed) => {
    await tellStory({ hosts, changing, seed });
  },
  600_000,
);
