#!/bin/sh
# First process of one lab node, in namespaces of its own. Builds the node's file system from
# read-only layers and its disk, moves into it, and stays as its init. Runs once for each boot.
# Environment: NODE_NAME, LAYERS (overlay lowerdir), DISK (a folder in memory with all that the node
# has written so far), REPOSITORY, IPTABLES (nft or legacy), HOSTS (text of /etc/hosts). Prints its process id as the machine sees it.
set -eu
read -r pid _ < /proc/self/stat
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

rm -rf "$DISK/work"
mkdir -p "$DISK/work" "$DISK/root"
mount -t overlay -o "lowerdir=$LAYERS,upperdir=$DISK/upper,workdir=$DISK/work" lab "$DISK/root"
root="$DISK/root"

mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o nosuid,nodev,noexec sysfs "$root/sys"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755,nosuid dev "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
for device in full null random tty urandom zero; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
mount -t tmpfs -o mode=1777,nosuid,nodev shm "$root/dev/shm"
mount -t tmpfs -o mode=755,nosuid,nodev run "$root/run"
mount -t tmpfs -o mode=1777,nosuid,nodev tmp "$root/tmp"
# Docker's storage needs a file system that overlays can be stacked on.
mount --bind "$DISK/docker" "$root/var/lib/docker"
mount --bind "$DISK/containerd" "$root/var/lib/containerd"
mkdir -p "$root$REPOSITORY"
mount --bind "$REPOSITORY" "$root$REPOSITORY"
mount -o remount,bind,ro "$root$REPOSITORY"
# Debian's own node keeps parts of itself here; other builds do not look.
if [ -d /usr/share/nodejs ]; then
  mkdir -p "$root/usr/share/nodejs"
  mount --bind /usr/share/nodejs "$root/usr/share/nodejs"
  mount -o remount,bind,ro "$root/usr/share/nodejs"
fi

echo "$NODE_NAME" > "$root/etc/hostname"
echo "$NODE_NAME" > /proc/sys/kernel/hostname
printf '%s\n' "$HOSTS" > "$root/etc/hosts"
if [ ! -s "$root/etc/machine-id" ]; then
  head -c 16 /dev/urandom | od -An -v -tx1 | tr -d ' \n' > "$root/etc/machine-id"
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
