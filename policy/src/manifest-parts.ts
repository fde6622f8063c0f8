import { z } from "zod";
import { cidrContains } from "./address-set.ts";
import { parseCidr } from "./cidr.ts";
import {
  labelKeyPattern,
  labelKeyRule,
  labelValuePattern,
  labelValueRule,
} from "./label-syntax.ts";
import { quoted } from "./quoted.ts";

/** The pieces that more than one kind is made of. Descriptions show up in editors through the JSON Schema. */

/** The output of a schema, unchangeable all the way down. */
export type Immutable<T> = T extends string | number | boolean | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Immutable<Item>[]
    : { readonly [Key in keyof T]: Immutable<T[Key]> };

const NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const DURATION = /^(?=\d)(?:\d{1,6}h)?(?:\d{1,6}m)?(?:\d{1,6}s)?$/;
// One line of printable ASCII: Docker itself sets almost no rule for these.
const DOCKER_NAME = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;
const LONGEST_EXCEPT = 100;

export const objectName = z.string().regex(NAME, {
  error: (issue) =>
    `${quoted(issue.input)} is not a name: 1 to 63 lower-case letters, digits and '-', beginning and ending with a letter or digit`,
});

export const duration = z.string().regex(DURATION, {
  error: (issue) => `${quoted(issue.input)} is not a duration: write it like 90s, 5m or 1h30m`,
});

const labelKey = z.string().regex(labelKeyPattern, {
  error: (issue) => `${quoted(issue.input)} is not a label key: ${labelKeyRule}`,
});
const labelValue = z.string().regex(labelValuePattern, {
  error: (issue) => `${quoted(issue.input)} is not a label value: ${labelValueRule}`,
});
const dockerLabelKey = z.string().regex(DOCKER_NAME, {
  error: (issue) =>
    `${quoted(issue.input)} is not a Docker label key: 1 to 255 printable characters on one line`,
});

// Docker takes any value; one with line breaks can be selected by Exists only.
const dockerLabelValue = z
  .string()
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, { error: "must be one line without control characters" });

const dockerNamePattern = z.string().regex(DOCKER_NAME, {
  error: (issue) =>
    `${quoted(issue.input)} is not a name or a pattern with *: 1 to 255 printable characters on one line`,
});

/** What the kernel takes (15 characters), less what rules cannot name safely: all of it would have to be refused by the host. */
export const interfaceName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,14}$/, {
  error: "is not the name of a network interface",
});

export const metadata = z.strictObject({
  name: objectName.describe("Unique among the objects of its kind."),
  labels: z.record(labelKey, labelValue).exactOptional(),
  annotations: z.record(labelKey, z.string()).exactOptional(),
});

function labelSelector(key: z.ZodString, value: z.ZodString) {
  const keyField = key.describe("The label's key.");
  return {
    matchLabels: z
      .record(key, value)
      .exactOptional()
      .describe("All of these labels, with these values."),
    matchExpressions: z
      .array(
        z.discriminatedUnion("operator", [
          z.strictObject({
            key: keyField,
            operator: z.enum(["In", "NotIn"]),
            values: z.array(value).min(1),
          }),
          z.strictObject({ key: keyField, operator: z.enum(["Exists", "DoesNotExist"]) }),
        ]),
      )
      .min(1)
      .exactOptional()
      .describe("And all of these expressions."),
  };
}

export const hostSelector = z
  .strictObject(labelSelector(labelKey, labelValue))
  .describe("Which hosts, by their labels. {} selects every host.");

const dockerNames = z.array(dockerNamePattern).min(1).exactOptional();

export const networkSelector = z
  .strictObject({
    names: dockerNames.describe("Names of Docker networks, * is a wildcard; any of them."),
    ...labelSelector(dockerLabelKey, dockerLabelValue),
  })
  .describe(
    "Which Docker networks of driver bridge. Names and labels must both hold; {} selects every one.",
  );

export const containerSelector = z
  .strictObject({
    names: dockerNames.describe("Names of containers, * is a wildcard; any of them."),
    ...labelSelector(dockerLabelKey, dockerLabelValue),
  })
  .describe("Which containers. Names and labels must both hold.");

export const cidr = z
  .string()
  .superRefine((text, context) => {
    const parsed = parseCidr(text);
    if (!parsed.ok) {
      context.addIssue({ code: "custom", message: parsed.message });
    }
  })
  .describe("An IPv4 or IPv6 block with its prefix length and no bits set behind it.");

export const ipBlock = z
  .strictObject({
    cidr,
    except: z
      .array(cidr)
      .min(1)
      .max(LONGEST_EXCEPT)
      .exactOptional()
      .describe("Parts of cidr that are left out."),
  })
  .superRefine((block, context) => {
    const outer = parseCidr(block.cidr);
    if (!outer.ok) {
      return;
    }
    (block.except ?? []).forEach((text, index) => {
      const inner = parseCidr(text);
      if (inner.ok && !cidrContains(outer.cidr, inner.cidr)) {
        context.addIssue({
          code: "custom",
          path: ["except", index],
          message: `${text} does not lie in ${block.cidr}, so it takes nothing out`,
        });
      } else if (inner.ok && inner.cidr.prefix === outer.cidr.prefix) {
        context.addIssue({
          code: "custom",
          path: ["except", index],
          message: `${text} is all of ${block.cidr}, so nothing is left`,
        });
      }
    });
  });

/** For a list whose items have names: no name twice. */
export function refuseRepeatedNames(
  items: readonly { readonly name?: string }[],
  context: z.RefinementCtx,
): void {
  const seen = new Map<string, number>();
  items.forEach(({ name }, index) => {
    if (name === undefined) {
      return;
    }
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, index);
    } else {
      context.addIssue({
        code: "custom",
        path: [index, "name"],
        message: `${quoted(name)} is taken by item ${String(first)} of this list: a name is given once`,
      });
    }
  });
}
