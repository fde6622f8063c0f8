/** One test as JUnit's XML has it. */
export interface JunitCase {
  readonly suite: string;
  readonly name: string;
  readonly failure?: string;
  readonly skipped?: string;
}

/** The part of JUnit's XML that CI servers agree on: suites with cases, each passed, failed or skipped. */
export function junitXml(cases: readonly JunitCase[]): string {
  const suites = [...new Set(cases.map(({ suite }) => suite))].map((suite) => {
    const own = cases.filter((one) => one.suite === suite);
    return [
      `  <testsuite name=${attribute(suite)} ${counts(own)}>`,
      ...own.map(caseXml),
      "  </testsuite>",
    ].join("\n");
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="seawall" ${counts(cases)}>`,
    ...suites,
    "</testsuites>",
    "",
  ].join("\n");
}

function caseXml({ suite, name, failure, skipped }: JunitCase): string {
  const start = `    <testcase classname=${attribute(suite)} name=${attribute(name)}`;
  if (failure !== undefined) {
    return `${start}><failure message=${attribute(failure)}/></testcase>`;
  }
  return skipped === undefined
    ? `${start}/>`
    : `${start}><skipped message=${attribute(skipped)}/></testcase>`;
}

function counts(cases: readonly JunitCase[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const skipped = cases.filter((one) => one.skipped !== undefined).length;
  return `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

// XML 1.0 has no place at all for most control characters and for lone surrogates.
function attribute(text: string): string {
  const legal = text.replaceAll(/[^\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
  return `"${legal.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign)}"`;
}
