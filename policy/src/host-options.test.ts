import { expect, test } from "vitest";
import { type ChosenHostOptions, chooseHostOptions, hostOptionsOf } from "./host-options.ts";

const off: ChosenHostOptions = { forwardGuard: "Off" };

test.for<{
  name: string;
  before?: ChosenHostOptions;
  wanted: Readonly<Record<string, string>>;
  is: ChosenHostOptions | string;
}>([
  { name: "nothing", wanted: {}, is: {} },
  { name: "what differs", wanted: { forwardGuard: "Off" }, is: off },
  { name: "what does not", wanted: { forwardGuard: "On" }, is: {} },
  { name: "back again", before: off, wanted: { forwardGuard: "On" }, is: {} },
  { name: "one of three", wanted: { enforcement: "nftables" }, is: { enforcement: "nftables" } },
  { name: "what was chosen before", before: off, wanted: {}, is: off },
  {
    name: "a value that is none",
    wanted: { forwardGuard: "off" },
    is: 'option forwardGuard is On or Off, not "off"',
  },
  {
    name: "a fourth of three",
    wanted: { enforcement: "nft" },
    is: 'option enforcement is Auto or iptables or nftables, not "nft"',
  },
  {
    name: "an option that is none",
    wanted: { constructor: "On" },
    is: expect.stringContaining('there is no option "constructor"; there is ') as string,
  },
])("choosing $name", ({ before = {}, wanted, is }) => {
  const chosen = chooseHostOptions(before, wanted);
  expect(chosen.ok ? chosen.options : chosen.message).toEqual(is);
});

const usual = {
  ...{ enforcement: "Auto", inputGuard: "On", managementGuard: "On" },
  ...{ newNetworks: "Hold", drift: "Heal" },
};

test("where nothing is chosen, everything is on, in what Docker uses", () => {
  expect(hostOptionsOf()).toEqual({ ...usual, forwardGuard: "On" });
  expect(hostOptionsOf(off)).toEqual({ ...usual, forwardGuard: "Off" });
});
