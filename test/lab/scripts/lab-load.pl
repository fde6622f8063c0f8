#!/usr/bin/perl
# The two ends of a measurement of speed, IPv4. `serve ADDRESS PORT` takes whatever comes and says `ready`. The
# others, as ROLE ADDRESS PORT SECONDS, send for so long, one after the other, and print how much a second:
#   tcp      bytes that one connection took
#   connect  connections that were made, and ended by a reset
#   udp      datagrams of one byte, all of one conversation that nobody answers: to conntrack each of them is new
use strict;
use warnings;
use Socket;

my ($role, $address, $port, $seconds) = @ARGV;
my $place = pack_sockaddr_in($port, inet_aton($address));

sub opened {
    my ($type) = @_;
    socket my $socket, PF_INET, $type, 0 or die "socket: $!";
    return $socket;
}

sub connected {
    my ($type) = @_;
    my $socket = opened($type);
    connect $socket, $place or die "connect: $!";
    return $socket;
}

sub serve {
    my ($stream, $datagrams) = map { opened($_) } SOCK_STREAM, SOCK_DGRAM;
    setsockopt $stream, SOL_SOCKET, SO_REUSEADDR, 1 or die "setsockopt: $!";
    for ($stream, $datagrams) { bind $_, $place or die "bind: $!"; }
    listen $stream, 4096 or die "listen: $!";
    $SIG{CHLD} = 'IGNORE';
    $| = 1;
    print "ready\n";
    while (accept my $connection, $stream) {
        # A first byte asks for a reader; without one the connection was all.
        next if !sysread $connection, my $first, 1;
        next if fork;
        1 while sysread $connection, my $buffer, 1 << 20;
        exit 0;
    }
    die "accept: $!";
}

sub tcp {
    my $socket = connected(SOCK_STREAM);
    my $block = 'x' x (1 << 17);
    return sub { syswrite($socket, $block) // 0 };
}

sub connects {
    return sub {
        my $socket = opened(SOCK_STREAM);
        connect $socket, $place or return 0;
        # By a reset, so that the client does not run out of ports.
        setsockopt $socket, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0) or die "setsockopt: $!";
        close $socket;
        return 1;
    };
}

sub udp {
    my $socket = connected(SOCK_DGRAM);
    return sub { my $sent = 0; for (1 .. 100) { $sent++ if send $socket, 'x', 0; } return $sent; };
}

serve() if $role eq 'serve';
my $send = { tcp => \&tcp, connect => \&connects, udp => \&udp }->{$role} or die "no such role: $role";
my $step = $send->();
my ($done, $count) = (0, 0);
$SIG{ALRM} = sub { $done = 1 };
alarm $seconds;
$count += $step->() while !$done;
printf "%.0f\n", $count / $seconds;
