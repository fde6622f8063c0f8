import { matchesLabels, parseSelector } from "@seawall/policy";
import type { GetResponse } from "@seawall/proto";
import type { Fleet } from "../fleet.ts";
import { type DocumentKind, documentKinds, documentsOf } from "./documents.ts";
import { RequestRefused } from "./request-refused.ts";

/** Documents of one kind, all or by name or label. */
export async function get(
  request: { readonly kind: string; readonly name: string; readonly selector: string },
  fleet: Fleet,
): Promise<GetResponse> {
  const kind = kindOf(request.kind);
  const selector = parseSelector(request.selector);
  if (!selector.ok) throw new RequestRefused("InvalidRequest", selector.message);
  const documents = (await documentsOf(kind, fleet)).filter(
    ({ metadata }) =>
      (request.name === "" || metadata.name === request.name) &&
      matchesLabels(selector.selector, metadata.labels ?? {}),
  );
  if (request.name !== "" && documents.length === 0) {
    throw new RequestRefused("NotFound", `${kind} "${request.name}" not found`);
  }
  return { items: documents.map((document) => JSON.stringify(document)) };
}

function kindOf(text: string): DocumentKind {
  const kind = documentKinds.find((known) => known === text);
  if (kind === undefined) {
    throw new RequestRefused(
      "InvalidRequest",
      `there is no kind "${text}"; there are ${documentKinds.join(", ")}`,
    );
  }
  return kind;
}
