import { isAlias, isMap, isPair, isScalar, isSeq, type ParsedNode } from "yaml";
import { type FieldPath, withSegment } from "./field-path.ts";
import { quoted } from "./quoted.ts";
import { deepestNesting } from "./yaml-tokens.ts";

export interface PlainValue {
  /** undefined for an empty document. */
  readonly value: unknown;
  /** Where the value at each path begins, by the path's text. */
  readonly offsets: ReadonlyMap<string, number>;
  readonly keyOffsets: ReadonlyMap<string, number>;
  readonly problems: readonly ValueProblem[];
}

interface ValueProblem {
  readonly offset: number;
  readonly path: FieldPath;
  readonly message: string;
  /** Where the other one of two stands. */
  readonly other?: number;
}

/** Values that aliases may repeat in one document. Enough to save typing, too few to blow anything up. */
const MOST_REPEATED_VALUES = 1000;

/** Turns composed YAML into JSON data. What JSON cannot say, or says twice, is a problem and not a guess. */
export function plainValueOf(contents: ParsedNode | null): PlainValue {
  const reader = new ValueReader();
  const value =
    contents === null || isEmptyScalar(contents)
      ? undefined
      : reader.valueOf(contents, { path: [], text: "" }, contents.range[0]);
  return {
    value,
    offsets: reader.offsets,
    keyOffsets: reader.keyOffsets,
    problems: reader.problems,
  };
}

function isEmptyScalar(node: ParsedNode): boolean {
  return isScalar(node) && node.value === null && node.source === "";
}

/** A path, and its text: to put that together anew for every value costs more than the rest. */
interface Spot {
  readonly path: FieldPath;
  readonly text: string;
}

function within({ path, text }: Spot, segment: string | number): Spot {
  return { path: [...path, segment], text: withSegment(text, segment) };
}

class ValueReader {
  readonly offsets = new Map<string, number>();
  readonly keyOffsets = new Map<string, number>();
  readonly problems: ValueProblem[] = [];
  readonly #anchors = new Map<string, unknown>();
  readonly #refusals = new Set<string>();
  /** The alias in the text that is being followed; those inside its anchor are not new places. */
  #following: { readonly offset: number; readonly path: FieldPath } | undefined;
  #repeatedValues = 0;

  valueOf(node: unknown, spot: Spot, around: number): unknown {
    const offset = offsetOf(node) ?? around;
    const { path } = spot;
    this.offsets.set(spot.text, offset);
    this.#repeatedValues += this.#following === undefined ? 0 : 1;
    if (this.#repeatedValues > MOST_REPEATED_VALUES || path.length > deepestNesting) {
      const at = this.#following ?? { offset, path };
      return this.#refuse(
        at.offset,
        at.path,
        `aliases repeat more than ${String(MOST_REPEATED_VALUES)} values: write the values out, or put them into an AddressGroup`,
      );
    }
    if (isAlias(node)) {
      return this.#aliased(node.source, spot, offset);
    }
    this.#rememberAnchor(node);
    if (isMap(node)) {
      return this.#mapping(node.items, spot, offset);
    }
    if (isSeq(node)) {
      return node.items.map((item, index) => this.valueOf(item, within(spot, index), offset));
    }
    return isScalar(node) ? node.value : null;
  }

  #aliased(name: string, spot: Spot, offset: number): unknown {
    const { path } = spot;
    if (!this.#anchors.has(name)) {
      return this.#refuse(offset, path, `no anchor ${quoted(name)} stands before this alias`);
    }
    const outer = this.#following;
    this.#following = outer ?? { offset, path };
    const value = this.valueOf(this.#anchors.get(name), spot, offset);
    this.#following = outer;
    return value;
  }

  #rememberAnchor(node: unknown): void {
    if (
      (isMap(node) || isSeq(node) || isScalar(node)) &&
      node.anchor !== undefined &&
      this.#following === undefined
    ) {
      this.#anchors.set(node.anchor, node);
    }
  }

  #mapping(items: readonly unknown[], spot: Spot, offset: number): unknown {
    const entries = new Map<string, unknown>();
    const keyOffsets = new Map<string, number>();
    for (const pair of items.filter(isPair)) {
      const keyOffset = offsetOf(pair.key) ?? offset;
      const key = isScalar(pair.key) ? pair.key.value : undefined;
      if (typeof key !== "string" || key === "__proto__") {
        this.#refuse(keyOffset, spot.path, "has a field name that is not text: quote it");
        continue;
      }
      this.#rememberAnchor(pair.key);
      const at = within(spot, key);
      const first = keyOffsets.get(key);
      if (first !== undefined) {
        this.problems.push({
          offset: keyOffset,
          path: at.path,
          message: "stands here a second time: remove one",
          other: first,
        });
        continue;
      }
      keyOffsets.set(key, keyOffset);
      this.keyOffsets.set(at.text, keyOffset);
      entries.set(key, this.valueOf(pair.value, at, keyOffset));
    }
    return Object.fromEntries(entries);
  }

  // Said once: where one alias is wrong, thousands may be.
  #refuse(offset: number, path: FieldPath, message: string): null {
    if (!this.#refusals.has(message)) {
      this.#refusals.add(message);
      this.problems.push({ offset, path, message });
    }
    return null;
  }
}

// A value that is not there stands nowhere: what is around it is shown instead.
function offsetOf(node: unknown): number | undefined {
  if (isScalar(node) && node.value === null && node.source === "") {
    return undefined;
  }
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node)
    ? node.range?.[0]
    : undefined;
}
