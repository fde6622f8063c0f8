// What a machine has to have, as questions whose answer is what to do about it.

/**
 * Why this Node is too old, or undefined when it is not.
 * @param {string} version
 */
export function whyOldNode(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return undefined;
  return `needs Node 20.19 or newer, this is ${version}. Install a newer Node and run the same command again`;
}

/**
 * Why real hosts cannot run here, or undefined when they can.
 * @param {{ platform: string, osRelease: string, uid: number | undefined, mirror: string | undefined }} machine
 */
export function whyNoRealHosts({ platform, osRelease, uid, mirror }) {
  const debian =
    platform === "linux" && /^ID="?debian"?$/m.test(osRelease) && !isOldDebian(osRelease);
  if (!debian && !(platform === "linux" && mirror)) {
    return "real Docker hosts need Debian 12 or newer: their packages are fetched with its apt into .cache/. Use such a machine, a virtual one will do";
  }
  if (uid !== 0) {
    return "real Docker hosts need root, for network namespaces. Run the same command as root; nothing is installed system-wide";
  }
  return undefined;
}

// Testing and unstable have no VERSION_ID; both are newer.
function isOldDebian(osRelease) {
  const version = /^VERSION_ID="?(\d+)/m.exec(osRelease)?.[1];
  return version !== undefined && Number(version) < 12;
}

/**
 * Whether node_modules holds what the lock file says. npm writes its list of what is installed,
 * `node_modules/.package-lock.json`, as the last thing of any install.
 * @param {string} lockText
 * @param {string | undefined} installedText
 */
export function isInstalled(lockText, installedText) {
  if (installedText === undefined) return false;
  const installed = JSON.parse(installedText).packages;
  return Object.entries(JSON.parse(lockText).packages).every(([path, wanted]) => {
    if (!path.includes("node_modules/")) return true;
    const found = installed[path];
    // Optional ones are for other platforms, or npm would have installed them.
    if (found === undefined) return wanted.optional === true;
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}
