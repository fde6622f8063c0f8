import { readFile } from "node:fs/promises";

/** What a file says; undefined where it is not JSON. @throws when it is there and cannot be read. */
export async function readJson(
  path: string,
): Promise<{ readonly kind: "none" } | { readonly kind: "json"; readonly value: unknown }> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { kind: "none" };
    }
    throw error;
  }
  try {
    return { kind: "json", value: JSON.parse(text) };
  } catch {
    return { kind: "json", value: undefined };
  }
}
