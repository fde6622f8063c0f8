#!/bin/sh
# First process of a lab: its end is the end of every process, mount and network namespace below.
# Environment: ROOT (a Debian root). Prints its process id as the machine sees it (/proc is still the machine's).
set -eu
read -r pid _ < /proc/self/stat
# The lab's switch only forwards frames; their filtering belongs to the hosts.
for family in iptables ip6tables arptables; do
  if [ -e "/proc/sys/net/bridge/bridge-nf-call-$family" ]; then
    echo 0 > "/proc/sys/net/bridge/bridge-nf-call-$family"
  fi
done
# Programs of that root make the switch and need these; only this mount namespace sees them there.
mount --bind /proc "$ROOT/proc"
mount -t sysfs -o nosuid,nodev,noexec sysfs "$ROOT/sys"
echo "$pid"
exec "$ROOT/usr/bin/tini-static" -- /bin/sleep infinity > /dev/null 2>&1
