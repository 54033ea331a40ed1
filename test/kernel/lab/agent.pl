# Puts packets on the wire inside one network namespace and tells what arrived there.
# perl, because it is part of every Debian (perl-base) and Node has no packet sockets.
# One command a line on standard input, one answer a line on standard output:
#   link DEV                            opens a packet socket on DEV
#   frame DEV HEX                       sends a whole Ethernet frame out of DEV
#   heard                               DEV:HEX of every frame that came in since last asked
#   packet FAMILY DST MARK UID GID HEX  sends a whole IP packet made on this host (FAMILY 4 or 6)
# Answers: "ok", "ok HEX HEX …", or "error WHY". Started under `setpriv --securebits +no_setuid_fixup`
# it keeps its capabilities while it opens a socket as another user.
use strict;
use warnings;
use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6);

use constant { AF_PACKET => 17, ETH_P_ALL => 3, IPPROTO_RAW => 255, SO_MARK => 36, PACKET_OUTGOING => 4 };

$| = 1;
my %wire;
my %raw;

sub open_link {
    my ($device) = @_;
    open my $file, '<', "/sys/class/net/$device/ifindex" or return "error no device $device";
    chomp(my $index = <$file>);
    my $any = unpack 'S', pack 'n', ETH_P_ALL;
    socket my $wire, AF_PACKET, SOCK_RAW, $any or return "error $!";
    bind $wire, pack('SnlSCCx8', AF_PACKET, ETH_P_ALL, $index, 0, 0, 0) or return "error $!";
    $wire{$device} = $wire;
    return 'ok';
}

sub send_frame {
    my ($device, $hex) = @_;
    return defined(send $wire{$device}, pack('H*', $hex), 0) ? 'ok' : "error $!";
}

sub heard {
    my @frames;
    for my $device (sort keys %wire) {
        while (defined(my $from = recv $wire{$device}, my $frame, 65_536, MSG_DONTWAIT)) {
            my $type = (unpack 'SnlSC', $from)[4];
            push @frames, "$device:" . unpack 'H*', $frame if $type != PACKET_OUTGOING;
        }
    }
    return join ' ', 'ok', @frames;
}

sub raw_socket {
    my ($family, $uid, $gid) = @_;
    return $raw{"$family $uid $gid"} //= do {
        local $) = "$gid $gid";
        local $> = $uid;
        socket my $socket, $family == 4 ? AF_INET : AF_INET6, SOCK_RAW, IPPROTO_RAW or die "$!\n";
        $socket;
    };
}

sub packet {
    my ($family, $dst, $mark, $uid, $gid, $hex) = @_;
    my $socket = raw_socket($family, $uid, $gid);
    setsockopt $socket, SOL_SOCKET, SO_MARK, pack 'L', $mark or return "error $!";
    my $to = $family == 4
        ? pack_sockaddr_in(0, inet_pton(AF_INET, $dst))
        : pack_sockaddr_in6(0, inet_pton(AF_INET6, $dst));
    return defined(send $socket, pack('H*', $hex), 0, $to) ? 'ok' : "error $!";
}

while (my $line = <STDIN>) {
    my ($command, @words) = split ' ', $line;
    my $answer = eval {
        $command eq 'link'     ? open_link(@words)
        : $command eq 'frame'  ? send_frame(@words)
        : $command eq 'heard'  ? heard()
        : $command eq 'packet' ? packet(@words)
        :                        "error what is $command?";
    };
    print $answer // "error $@", $answer ? "\n" : '';
}
