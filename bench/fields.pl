# The yardstick: one regular-expression pass that takes the fields out of every TRACE line.
my $lines = 0;
my %tables;
while (<>) {
    if (/TRACE: ([a-z]+):(\S+):(rule|return|policy):(\d+) IN=(\S*) OUT=(\S*) .*?SRC=(\S+) DST=(\S+) LEN=(\d+) .*?TTL=(\d+) ID=(\d+) .*?PROTO=(\S+)(?: SPT=(\d+) DPT=(\d+))?.*?(?:MARK=(\S+))?/) {
        $lines++;
        $tables{$1}++;
    }
}
print "$lines\n";
