import { quoted } from "./quoted.ts";

/** Kubernetes' syntax of labels, for hosts and for our own objects. Docker's network labels are freer. */
const NAME = "[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
const PREFIX = "(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\\.)*[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?/";

export const labelKeyPattern = new RegExp(`^(?:${PREFIX})?${NAME}$`);
export const labelValuePattern = new RegExp(`^(?:${NAME})?$`);

export const labelKeyRule =
  "1 to 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, after an optional DNS name and '/'";
export const labelValueRule =
  "at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit";

/** What is wrong with this label for a host or one of our objects; undefined when it is fine. */
export function labelProblem(key: string, value: string): string | undefined {
  if (!labelKeyPattern.test(key)) {
    return `${quoted(key)} is not a label key: ${labelKeyRule}`;
  }
  return labelValuePattern.test(value)
    ? undefined
    : `${quoted(value)} is not a label value: ${labelValueRule}`;
}
