import { type HostMode, hostModes, isHostMode } from "../core/host-mode.ts";
import { RequestRefused } from "./request-refused.ts";

/** The mode that a request names; `otherwise` where it names none. */
export function requestedMode(text: string, otherwise: HostMode): HostMode {
  if (text === "") return otherwise;
  if (isHostMode(text)) return text;
  throw new RequestRefused("InvalidRequest", `mode: "${text}" is not ${hostModes.join(" or ")}`);
}
