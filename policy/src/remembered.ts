type Plain = string | boolean;

interface Node<Result> {
  objects?: WeakMap<object, Node<Result>>;
  plain?: Map<Plain, Node<Result>>;
  known?: { readonly result: Result };
}

interface Nodes<Arg, Result> {
  get(arg: Arg): Node<Result> | undefined;
  set(arg: Arg, node: Node<Result>): unknown;
}

/** Among them an object, or what is kept would only grow. Plain ones first take less room where there are many objects. */
type Remembrance = readonly [object, ...(object | Plain)[]] | readonly [Plain, Plain, object];

/**
 * A pure function that is asked once about the same objects: from one pass to the next most of a host's rules are the
 * same ones (shared.ts). Nothing is kept of an object that nobody else holds any more.
 */
export function remembered<Args extends Remembrance, Result>(
  of: (...args: Args) => Result,
): (...args: Args) => Result {
  const root: Node<Result> = {};
  return (...args) => {
    const node = args.reduce<Node<Result>>(next, root);
    node.known ??= { result: of(...args) };
    return node.known.result;
  };
}

function next<Result>(node: Node<Result>, arg: object | Plain): Node<Result> {
  if (typeof arg === "object") {
    node.objects ??= new WeakMap();
    return nextIn(node.objects, arg);
  }
  node.plain ??= new Map();
  return nextIn(node.plain, arg);
}

function nextIn<Arg extends object | Plain, Result>(nodes: Nodes<Arg, Result>, arg: Arg) {
  const before = nodes.get(arg);
  if (before !== undefined) return before;
  const node: Node<Result> = {};
  nodes.set(arg, node);
  return node;
}
