#!/bin/sh
# Runs a program of systemd on a Debian that has nothing but systemd and our units, as they are installed.
# Environment: ROOT (a root with systemd, not written to), SCRATCH (an empty folder), UNITS, and DROP_IN (a file for the
# agent's unit, or nothing). In a mount namespace.
set -eu
mount -t tmpfs scratch "$SCRATCH"
mkdir "$SCRATCH/upper" "$SCRATCH/work" "$SCRATCH/root"
mount -t overlay -o "lowerdir=$ROOT,upperdir=$SCRATCH/upper,workdir=$SCRATCH/work" units "$SCRATCH/root"
cd "$SCRATCH/root"
mkdir -p opt/seawall/bin etc/systemd/system proc run tmp var/tmp
mount -t proc proc proc
cp "$UNITS"/*.service etc/systemd/system
if [ -n "$DROP_IN" ]; then
  mkdir etc/systemd/system/seawall-agent.service.d
  cp "$UNITS/$DROP_IN" etc/systemd/system/seawall-agent.service.d
fi
printf '#!/bin/sh\n' > opt/seawall/bin/seawall
chmod 755 opt/seawall/bin/seawall
exec chroot . "$@"
