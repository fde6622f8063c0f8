import {
  type DesiredState,
  failureText,
  type HostView,
  isFailure,
  judgeTestsOnHost,
  nameOfTest,
} from "@seawall/policy";

/** The tests that fail on this host as it is, in words. */
export type HostTests = (desired: DesiredState, view: HostView) => readonly string[];

/** Judges again only when something has changed that can make a difference. */
export function createHostTests(): HostTests {
  let judged: { readonly desired: DesiredState; readonly view: string } | undefined;
  let failing: readonly string[] = [];
  return (desired, host) => {
    if (desired.policies.every(({ tests }) => tests === undefined)) return [];
    const view = JSON.stringify(host);
    if (judged?.desired !== desired || judged.view !== view) {
      failing = failuresOf(desired, host);
      judged = { desired, view };
    }
    return failing;
  };
}

function failuresOf(desired: DesiredState, view: HostView): readonly string[] {
  return judgeTestsOnHost(desired, view)
    .filter(({ outcome }) => isFailure(outcome))
    .map(
      ({ policy, test, index, outcome }) =>
        `policy ${policy}: test ${nameOfTest(test, index)} fails: ${failureText({ test }, outcome)}`,
    );
}
