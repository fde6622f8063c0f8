#!/usr/bin/perl
# The only program of the lab's containers: answers on the ports named by its arguments
# (tcp:3306 udp:53 count:7000:FILE) for IPv4 and IPv6 alike.
#   tcp: sends one line that names this container, then echoes what it gets until the peer closes.
#   udp: answers each datagram with that line and what it got.
#   count: answers nothing; datagrams of streams (lab-stream.pl) are appended to FILE as they come.
use strict;
use warnings;
use Socket qw(:DEFAULT IPPROTO_IPV6 IPV6_V6ONLY inet_pton);

$SIG{TERM} = $SIG{INT} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
$| = 1;
open my $hostname, '<', '/proc/sys/kernel/hostname' or die "hostname: $!";
chomp(my $name = <$hostname>);

sub bound {
    my ($type, $port) = @_;
    my $socket;
    if (socket $socket, AF_INET6, $type, 0) {
        setsockopt $socket, IPPROTO_IPV6, IPV6_V6ONLY, 0;
        setsockopt $socket, SOL_SOCKET, SO_REUSEADDR, 1;
        return $socket if bind $socket, pack_sockaddr_in6($port, inet_pton(AF_INET6, '::'));
    }
    socket $socket, AF_INET, $type, 0 or die "socket: $!";
    setsockopt $socket, SOL_SOCKET, SO_REUSEADDR, 1;
    bind $socket, pack_sockaddr_in($port, INADDR_ANY) or die "bind $port: $!";
    return $socket;
}

# A stream's token and the time, as lab-stream.pl packs them.
my $datagram = 12;

my (%tcp, %udp, %count, %socket);
for my $role (@ARGV) {
    my ($protocol, $port, $file) = $role =~ /^(tcp|udp|count):(\d+)(?::(.+))?$/
        or die "not a role: $role";
    my $socket = bound($protocol eq 'tcp' ? SOCK_STREAM : SOCK_DGRAM, $port);
    my $number = fileno $socket;
    $socket{$number} = $socket;
    if ($protocol eq 'tcp') {
        listen $socket, 128 or die "listen $port: $!";
        $tcp{$number} = $port;
    } elsif ($protocol eq 'count') {
        open $count{$number}, '>>:raw', $file or die "$file: $!";
        # As much as the kernel grants: a busy machine lets us wait.
        setsockopt $socket, SOL_SOCKET, SO_RCVBUF, 1 << 22;
    } else {
        $udp{$number} = $port;
    }
}
print "ready\n";

while (1) {
    my $ready = '';
    vec($ready, $_, 1) = 1 for keys %socket;
    my $count = select $ready, undef, undef, undef;
    next if $count < 1;
    for my $number (grep { vec($ready, $_, 1) } keys %socket) {
        my $socket = $socket{$number};
        if (my $port = $tcp{$number}) {
            next unless accept(my $peer, $socket);
            syswrite $peer, "seawall-lab $name tcp/$port\n";
            $socket{fileno $peer} = $peer;
        } elsif ($port = $udp{$number}) {
            my $from = recv $socket, my $data, 65536, 0;
            next unless defined $from && length $from;
            send $socket, "seawall-lab $name udp/$port $data", 0, $from;
        } elsif (my $file = $count{$number}) {
            while (defined recv $socket, my $data, 64, MSG_DONTWAIT) {
                syswrite $file, $data if length $data == $datagram;
            }
        } else {
            my $length = sysread $socket, my $data, 65536;
            if ($length) { syswrite $socket, $data; next }
            delete $socket{$number};
            close $socket;
        }
    }
}
