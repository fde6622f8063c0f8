import type { RolloutDocument } from "@seawall/policy";
import { canvas } from "./canvas.ts";
import type { Session } from "./session.ts";
import { rolloutLines, rolloutTree } from "./views/rollout.ts";

/** A rollout at one moment. */
export interface RolloutLook {
  /** As the controller sent it. */
  readonly json: string;
  readonly rollout: RolloutDocument;
}

/** Where a rollout is shown while somebody watches it. */
export interface RolloutDisplay {
  readonly show: (look: RolloutLook) => void;
  /** How it ended. */
  readonly finish: (look: RolloutLook) => void;
  /** Words have come in between. */
  readonly leave: () => void;
}

/** The tree, in place of the one before: for a terminal. */
export function treeDisplay(session: Session): RolloutDisplay {
  const { draw, finish, leave } = canvas(
    session.terminal.stdout,
    session.view().utf8 ? "…" : "...",
  );
  const tree = ({ rollout }: RolloutLook) => rolloutTree(rollout, session.view());
  return {
    show: (look) => {
      draw(tree(look));
    },
    finish: (look) => {
      finish(tree(look));
    },
    leave,
  };
}

/** A line for each change. */
export function lineDisplay(write: (line: string) => void, session: Session): RolloutDisplay {
  const shown = new Map<string, string>();
  const show = ({ rollout }: RolloutLook) => {
    const time = new Date(session.terminal.now()).toISOString().slice(0, 19);
    for (const [what, line] of rolloutLines(rollout)) {
      if (shown.get(what) !== line) write(`${time}Z ${line}`);
      shown.set(what, line);
    }
  };
  return { show, finish: show, leave: () => undefined };
}

/** One document, in one line, for each change. */
export function documentDisplay(session: Session): RolloutDisplay {
  let shown = "";
  const show = ({ json }: RolloutLook) => {
    const line = JSON.stringify(JSON.parse(json));
    if (line !== shown) session.print(line);
    shown = line;
  };
  return { show, finish: show, leave: () => undefined };
}
