import type { ResourceTree } from "../core/change-set.ts";
import { type Fleet, RevisionNotKept } from "../fleet.ts";
import { TamperedError } from "../store/sealed-bucket.ts";
import { RequestRefused } from "./request-refused.ts";

/** All objects of a revision. @throws RequestRefused where it is not kept any more, or not believed */
export async function keptTree(revision: number, fleet: Fleet): Promise<ResourceTree> {
  try {
    return await fleet.tree(revision);
  } catch (error) {
    if (error instanceof RevisionNotKept) throw new RequestRefused("NotFound", error.message);
    if (error instanceof TamperedError) throw new RequestRefused("Conflict", error.message);
    throw error;
  }
}
