import { expect, test } from "vitest";
import { isBehindDocker } from "./docker-jumps.ts";

const jump = "-j DOCKER-USER";
const ofOneNetwork = [
  "-o br-0a1b2c3d4e5f -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
  "-o br-0a1b2c3d4e5f -j DOCKER",
  "-i br-0a1b2c3d4e5f ! -o br-0a1b2c3d4e5f -j ACCEPT",
  "-i br-0a1b2c3d4e5f -o br-0a1b2c3d4e5f -j ACCEPT",
];

test.each<[string, readonly string[], boolean]>([
  ["first of all", [jump, ...ofOneNetwork], false],
  ["not there", ofOneNetwork, false],
  ["up to 26: a network was made", ["-j DOCKER-ISOLATION-STAGE-1", ...ofOneNetwork, jump], true],
  ["of docker0, kept to itself", ["-i docker0 -o docker0 -j DROP", jump], true],
  ["28: Docker started", ["-j DOCKER-FORWARD", jump], true],
  ["somebody's rule", ["-s 192.0.2.1/32 -j ACCEPT", jump], false],
  ["somebody's rule among them", [...ofOneNetwork, "-j LOG", jump], false],
  ["a chain of somebody's that is called like Docker's", ["-j DOCKER-MINE", jump], false],
  ["somebody's, in the form of Docker's", ["-i eth0 ! -o eth0 -j ACCEPT", jump], false],
  ["from one bridge to another", ["-i docker0 -o br-0a1b2c3d4e5f -j ACCEPT", jump], false],
])("the jump to DOCKER-USER: %s", (_, forward, expected) => {
  expect(isBehindDocker(forward)).toBe(expected);
});
