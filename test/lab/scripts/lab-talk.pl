#!/usr/bin/perl
# One end of conversations. Every 20 ms it says a line to whomever it talks to.
# Arguments:
#   serve udp|tcp PORT                        talks to everybody who calls
#   call udp|tcp ADDRESS PORT SOURCE SILENT   talks to one; SOURCE is - for whatever the kernel takes; SILENT is 1
#                                             for who says one line and then only hears
# Writes
#   ready PORT         its own port; who calls tcp is connected
#   heard PORT BYTES   from that port of another, so far; whenever it has heard more
#   drained            for each byte of its standard input: all that had come by then was heard
# Ends when its standard input does.
use strict;
use warnings;
use Socket qw(:DEFAULT IPPROTO_IPV6 IPV6_V6ONLY SOCK_NONBLOCK inet_pton MSG_DONTWAIT);

$SIG{PIPE} = 'IGNORE';
$| = 1;
my ($role, $protocol, @rest) = @ARGV;
my $type = $protocol eq 'tcp' ? SOCK_STREAM : SOCK_DGRAM;
my $line = 'x' x 31 . "\n";

sub place {
    my ($address, $port) = @_;
    return $address =~ /:/
        ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $address))
        : pack_sockaddr_in($port, inet_pton(AF_INET, $address));
}

sub port_of {
    my ($place) = @_;
    my ($port) = sockaddr_family($place) == AF_INET6 ? unpack_sockaddr_in6($place) : unpack_sockaddr_in($place);
    return $port;
}

# Sockets to read, by their number; of TCP, who is at the other end; of UDP, to whom to talk.
my (%socket, %peer, %caller, %heard);
my ($listener, $silent) = (-1, 0);

sub hear {
    my ($port, $bytes) = @_;
    $heard{$port} = ($heard{$port} // 0) + $bytes;
    print "heard $port $heard{$port}\n";
}

if ($role eq 'serve') {
    my ($port) = @rest;
    socket my $socket, AF_INET6, $type, 0 or die "socket: $!";
    setsockopt $socket, IPPROTO_IPV6, IPV6_V6ONLY, 0;
    setsockopt $socket, SOL_SOCKET, SO_REUSEADDR, 1;
    bind $socket, place('::', $port) or die "bind $port: $!";
    if ($protocol eq 'tcp') { listen $socket, 128 or die "listen: $!" }
    $listener = fileno $socket;
    $socket{$listener} = $socket;
    print "ready $port\n";
} else {
    my ($address, $port, $source, $says_nothing) = @rest;
    my $to = place($address, $port);
    socket my $socket, sockaddr_family($to), $type, 0 or die "socket: $!";
    if ($source ne '-') { bind $socket, place($source, 0) or die "bind $source: $!" }
    local $SIG{ALRM} = sub { die "no answer from $address port $port\n" };
    alarm 5;
    connect $socket, $to or die "connect $address port $port: $!";
    alarm 0;
    # It ends with a reset: who closes in an orderly way goes on sending, for as long as nobody answers.
    if ($protocol eq 'tcp') { setsockopt $socket, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0) or die "linger: $!" }
    send $socket, $line, 0;
    $socket{fileno $socket} = $socket;
    $peer{fileno $socket} = $port;
    $silent = $says_nothing;
    printf "ready %d\n", port_of(getsockname $socket);
}

# Which of these can be read now.
sub ready {
    my $ready = '';
    vec($ready, $_, 1) = 1 for @_;
    select $ready, undef, undef, 0;
    return grep { vec($ready, $_, 1) } @_;
}

# Once from each that can be read; returns from how many.
sub read_sockets {
    my @ready = ready(keys %socket);
    for my $number (@ready) {
        my $socket = $socket{$number};
        if ($number == $listener && $protocol eq 'tcp') {
            my $place = accept(my $client, $socket) or next;
            $socket{fileno $client} = $client;
            $peer{fileno $client} = port_of($place);
            next;
        }
        my $from = recv $socket, my $data, 65536, MSG_DONTWAIT;
        next unless defined $from;
        my $port = $number == $listener ? port_of($from) : $peer{$number};
        $caller{$port} = $from if $number == $listener;
        if (length $data) { hear($port, length $data); next }
        next if $protocol eq 'udp';
        delete $socket{$number};
        delete $peer{$number};
        close $socket;
    }
    return scalar @ready;
}

while (1) {
    select undef, undef, undef, 0.02;
    if (ready(fileno STDIN)) {
        exit 0 if !sysread STDIN, my $asked, 1;
        1 while read_sockets();
        print "drained\n";
    } else {
        read_sockets();
    }
    next if $silent;
    # What a full buffer does not take is not said.
    send $socket{$_}, $line, MSG_DONTWAIT for keys %peer;
    send $socket{$listener}, $line, MSG_DONTWAIT, $_ for values %caller;
}
