#!/usr/bin/perl
# The sending end of a stream: until SIGTERM it sends RATE packets a second to one place, by the clock.
# Arguments: udp|tcp ADDRESS PORT RATE SOURCE TOKEN (SOURCE is - for whatever the kernel takes).
#   udp: datagrams that name the stream and when each was sent, from ports that take turns.
#   tcp: connects; one is answered when the listener's banner comes, and is reset then.
# All times are in microseconds of the machine's monotonic clock. Writes
#   ready                                       it is sending
#   answered SENT                               for each connect that was answered, when it began
#   end STARTED ENDED SENT FAILED LONGEST_PAUSE
use strict;
use warnings;
use Errno qw(EINPROGRESS);
use POSIX qw(uname);
use Socket qw(:DEFAULT IPPROTO_UDP IPPROTO_IPV6 SOCK_NONBLOCK inet_pton);

my ($protocol, $address, $port, $rate, $source, $token) = @ARGV;
my $tick = 0.002;
# What is late follows in portions: a queue on the way has room for a few hundred packets.
my $portion = int($rate * $tick * 6) + 1;
my $turns = 40_000;
my $first_port = 20000;
# A SYN is sent again after a second: what had no answer by then would not be one packet any more.
my $patience = 400_000;

# perl-base, all there is in some hosts, has no Time::HiRes.
my $clock_gettime = { x86_64 => 228, aarch64 => 113 }->{(uname)[4]} or die "no clock known here";
sub now {
    my $time = "\0" x 16;
    syscall $clock_gettime, 1, $time;
    my ($seconds, $nanoseconds) = unpack 'qq', $time;
    return $seconds * 1_000_000 + int($nanoseconds / 1000);
}

my $v6 = $address =~ /:/;
my $family = $v6 ? AF_INET6 : AF_INET;
sub place {
    my ($host, $number) = @_;
    my $packed = inet_pton($family, $host) // die "not an address: $host";
    return $v6 ? pack_sockaddr_in6($number, $packed) : pack_sockaddr_in($number, $packed);
}

sub opened {
    my ($type, $number) = @_;
    socket my $socket, $family, $type, $number or die "socket: $!";
    if ($source ne '-') {
        bind $socket, place($source, 0) or die "bind $source: $!";
    }
    return $socket;
}

my $stopped = 0;
$SIG{TERM} = sub { $stopped = 1 };
$| = 1;
my ($sent, $failed) = (0, 0);

# Raw, so that one socket can send from any port.
sub datagrams {
    my $socket = opened(SOCK_RAW, IPPROTO_UDP);
    # IPv4 may leave the checksum out; for IPv6 (option 7) the kernel fills it in at byte 6.
    setsockopt $socket, IPPROTO_IPV6, 7, pack('i', 6) or die "checksum: $!" if $v6;
    my $to = place($address, 0);
    return sub {
        my $from = $first_port + ($sent + $failed) % $turns;
        my $data = pack 'nnnnNQ>', $from, $port, 20, 0, $token, now();
        defined send($socket, $data, 0, $to) ? $sent++ : $failed++;
    };
}

my (%socket, %began);
my $waiting = '';

sub connects {
    my $to = place($address, $port);
    return sub {
        my $began = now();
        my $socket = opened(SOCK_STREAM | SOCK_NONBLOCK, 0);
        # A reset leaves nothing behind, here or in the tables on the way.
        setsockopt $socket, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
        if (!connect($socket, $to) && $! != EINPROGRESS) { $failed++; return }
        $sent++;
        my $number = fileno $socket;
        ($socket{$number}, $began{$number}) = ($socket, $began);
        vec($waiting, $number, 1) = 1;
    };
}

sub forget {
    my ($number) = @_;
    vec($waiting, $number, 1) = 0;
    delete $began{$number};
    close delete $socket{$number};
}

sub hear {
    my ($ready) = @_;
    for my $number (keys %socket) {
        if (vec $ready, $number, 1) {
            my $length = sysread $socket{$number}, my $banner, 256;
            print "answered $began{$number}\n" if $length && $banner =~ /^seawall-lab /;
            forget($number);
        } elsif (now() - $began{$number} > $patience) {
            forget($number);
        }
    }
}

my $send = $protocol eq 'udp' ? datagrams() : connects();
my $started = now();
my ($last, $longest) = ($started, 0);
print "ready\n";
until ($stopped) {
    my $due = int((now() - $started) * $rate / 1_000_000) - $sent - $failed;
    if ($due > 0) {
        my $now = now();
        $longest = $now - $last if $now - $last > $longest;
        $send->() for 1 .. ($due < $portion ? $due : $portion);
        $last = now();
    }
    my $count = select my $ready = $waiting, undef, undef, $tick;
    hear($count > 0 ? $ready : '') if %socket;
}
my $ended = now();
# What was sent last may still be answered.
while (%socket) {
    my $count = select my $ready = $waiting, undef, undef, $tick;
    hear($count > 0 ? $ready : '');
}
$longest = $ended - $last if $ended - $last > $longest;
print "end $started $ended $sent $failed $longest\n";
