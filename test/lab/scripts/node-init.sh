#!/bin/sh
# First process of one lab node, in namespaces of its own. Builds the node's file system from
# read-only layers and its disk, moves into it, and stays as its init. Runs once for each boot.
# Environment: NODE_NAME, ROOT_MOUNTS and INNER_MOUNTS (tables as fstab has them), DEVICES (names of files for these), DISK (a folder in memory with all that the
# node has written so far, and with its / while this runs), IPTABLES (nft or legacy), HOSTS (text of /etc/hosts).
# Prints its process id as the machine sees it. Starts as few programs as it can: a test run makes many nodes.
set -eu
read -r pid _ < /proc/self/stat
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

root="$DISK/root"
rm -rf "$DISK/work"
mkdir -p "$DISK/work" "$root"
printf %s "$ROOT_MOUNTS" > "$DISK/fstab"
mount --all --fstab "$DISK/fstab"
for device in $DEVICES; do
  : > "$root/dev/$device"
done
ln -s pts/ptmx /proc/self/fd "$root/dev"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
printf %s "$INNER_MOUNTS" > "$DISK/fstab"
mount --all --fstab "$DISK/fstab"

echo "$NODE_NAME" > "$root/etc/hostname"
echo "$NODE_NAME" > /proc/sys/kernel/hostname
printf '%s\n' "$HOSTS" > "$root/etc/hosts"
if [ ! -s "$root/etc/machine-id" ]; then
  IFS=- read -r a b c d e < /proc/sys/kernel/random/uuid
  echo "$a$b$c$d$e" > "$root/etc/machine-id"
fi
# Addresses of new interfaces (Docker's bridges) work at once, not after a second of duplicate
# address detection.
echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
# A REJECT is answered every time, however fast the probes come: by default ICMP errors are rationed.
for name in ipv4/icmp_ratelimit ipv6/icmp/ratelimit; do echo 0 > "/proc/sys/net/$name"; done
for name in icmp_msgs_per_sec icmp_msgs_burst; do
  if [ -e "/proc/sys/net/ipv4/$name" ]; then echo 100000 > "/proc/sys/net/ipv4/$name"; fi
done
if [ "$IPTABLES" = legacy ]; then
  for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
    family="${name%%-*}"
    ln -sf "$family-legacy${name#"$family"}" "$root/usr/sbin/$name"
  done
fi

# A pivot and not a chroot: runc pivots again for each container.
cd "$root"
mkdir -p .old
pivot_root . .old
cd /
umount -l /.old
rmdir /.old
echo "$pid"
exec /usr/bin/tini-static -- /bin/sleep infinity < /dev/null > /dev/null 2>&1
