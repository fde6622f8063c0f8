import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The lab's own package folder. Sources and build lie side by side, so this holds from either. */
const packageDir = fileURLToPath(new URL("..", import.meta.url));

/** The checkout that the lab belongs to. */
export const repositoryDir = join(packageDir, "..", "..");

/** Everything the lab writes is below this folder; removing it removes every trace. */
export const cacheDir = join(repositoryDir, ".cache");

export const scriptsDir = join(packageDir, "scripts");

/**
 * Programs that run as processes of their own (the warden, the probe agent) are always started from
 * the build: Node 20 cannot run TypeScript, and tests import the sources.
 */
export const buildDir = join(packageDir, "dist");
