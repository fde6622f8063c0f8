import { styleText } from "node:util";

/** An expectation of the story that did not come true. */
export class StoryFailed extends Error {
  override name = "StoryFailed";
}

/** One probe or command: what was expected of it and what happened. */
export interface Outcome {
  readonly what: string;
  readonly expected: string;
  readonly happened: string;
  readonly ok: boolean;
  /** Shown when it is not ok. */
  readonly evidence: string;
}

/** Tells the story on stdout. The words say everything; colour only helps. */
export class Narrator {
  #chapter = 0;
  #outcomes = 0;

  get outcomes(): number {
    return this.#outcomes;
  }

  chapter(title: string): void {
    this.#chapter += 1;
    print(`\n${bold(`${String(this.#chapter)}. ${title}`)}`);
  }

  say(text: string): void {
    for (const line of text.trimEnd().split("\n")) print(`   ${line}`);
  }

  command(argv: readonly string[]): void {
    print(`\n   ${styled("cyan", `$ ${argv.map(quoted).join(" ")}`)}`);
  }

  /** @throws StoryFailed with the evidence when it did not go as expected. */
  outcome(outcome: Outcome): void {
    this.#outcomes += 1;
    const word = outcome.ok ? styled("green", "ok  ") : styled("red", "FAIL");
    print(
      `   ${word} ${outcome.what.padEnd(58)} expected ${outcome.expected.padEnd(8)} got ${outcome.happened}`,
    );
    if (!outcome.ok) {
      throw new StoryFailed(
        `${outcome.what}: expected ${outcome.expected}, got ${outcome.happened}\n${outcome.evidence}`,
      );
    }
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function bold(text: string): string {
  return styled("bold", text);
}

function styled(format: "bold" | "cyan" | "green" | "red", text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`;
}
