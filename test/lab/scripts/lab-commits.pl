#!/usr/bin/perl
# Says when the kernel took over a commit to nftables, in nanoseconds of the machine's monotonic clock, a line for each:
# by what the kernel itself tells. `nft monitor` tells of the same when it has printed every rule of it.
# Writes `ready` when it hears.
use strict;
use warnings;
use POSIX qw(uname);
use Socket;

# perl-base, all there is in some hosts, has no Time::HiRes.
my $clock_gettime = { x86_64 => 228, aarch64 => 113 }->{(uname)[4]} or die "no clock known here";
sub now {
    my $time = "\0" x 16;
    syscall $clock_gettime, 1, $time;
    my ($seconds, $nanoseconds) = unpack 'qq', $time;
    return $seconds * 1_000_000_000 + $nanoseconds;
}

# include/uapi/linux/netlink.h, netfilter/nfnetlink.h, netfilter/nf_tables.h
my ($af_netlink, $netlink_netfilter, $sol_netlink, $add_membership) = (16, 12, 270, 1);
my $nfnlgrp_nftables = 7;
my $new_generation = 10 << 8 | 15;
my $so_rcvbufforce = 33;

$| = 1;
socket my $socket, $af_netlink, SOCK_RAW, $netlink_netfilter or die "socket: $!";
bind $socket, pack 'SSLL', $af_netlink, 0, 0, 0 or die "bind: $!";
setsockopt $socket, SOL_SOCKET, $so_rcvbufforce, pack 'l', 64 << 20 or die "buffer: $!";
setsockopt $socket, $sol_netlink, $add_membership, pack 'l', $nfnlgrp_nftables or die "group: $!";
print "ready\n";
while (defined recv $socket, my $messages, 1 << 18, 0) {
    my $now = now();
    for (my $at = 0; $at + 16 <= length $messages;) {
        my ($length, $type) = unpack "\@$at LS", $messages;
        print "$now\n" if $type == $new_generation;
        $at += $length + 3 & ~3;
    }
}
die "recv: $!";
