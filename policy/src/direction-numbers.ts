import { canonicalJson } from "./canonical-json.ts";
import type { ResolvedDirection, ResolvedList } from "./resolved-state.ts";

/** Numbers directions of any states: those with the same number say the same of every packet. */
export class DirectionNumbers {
  readonly #objects = new Map<object, number>();
  readonly #texts = new Map<string, number>();

  /** 0: there is none. */
  of(direction: ResolvedDirection | undefined): number {
    if (direction === undefined) return 0;
    return this.#of(direction, () => {
      const { cases, ...rest } = direction;
      const parts = cases.map(({ list, ...one }) => ({
        ...one,
        key: "",
        list: this.#ofList(list),
      }));
      return canonicalJson([rest, parts]);
    });
  }

  #ofList(list: ResolvedList): number {
    return this.#of(list, () => canonicalJson([list.defaultAction, list.rules.map(asJudged)]));
  }

  #of(what: object, text: () => string): number {
    const before = this.#objects.get(what);
    if (before !== undefined) return before;
    const key = text();
    const number = this.#texts.get(key) ?? this.#texts.size + 1;
    this.#texts.set(key, number);
    this.#objects.set(what, number);
    return number;
  }
}

/** What a rule is called decides nothing. */
function asJudged({ tier, action, from, to, ports }: ResolvedList["rules"][number]) {
  return [tier, action, from ?? null, to ?? null, ports ?? null];
}
