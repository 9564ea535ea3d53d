# work.raku - asynchronous sockets, processes, timers, files, datagrams.
sub check($what, $good) {
    die "failed: $what" unless $good;
}

my $listener = IO::Socket::Async.listen('127.0.0.1', 0);
my $tap = $listener.tap(-> $conn {
    $conn.Supply(:bin).tap(
        -> $data { $conn.write($data) },
        done => { $conn.close });
});
my $port = await $tap.socket-port;
my @clients = (^20).map: -> $i {
    start {
        my $conn = await IO::Socket::Async.connect('127.0.0.1', $port);
        my $size = $i * 1009 + 1;
        my $got = 0;
        my $all = Promise.new;
        $conn.Supply(:bin).tap(-> $data {
            $got += $data.elems;
            $all.keep if $got == $size;
        });
        await $conn.write(Blob.new(7 xx $size));
        await $all;
        $conn.close;
        $got == $size
    }
};
check 'sockets', all(await @clients);
$tap.close;

my $proc = Proc::Async.new('sh', '-c', 'cat; exit 6', :w);
my $text = '';
$proc.stdout.tap({ $text ~= $_ });
my $ended = $proc.start;
await $proc.print('to a child');
$proc.close-stdin;
check 'a process', (await $ended).exitcode == 6 && $text eq 'to a child';
check 'its output', run('echo', 'x', :out).out.slurp(:close) eq "x\n";

my $ticks = 0;
react {
    whenever Supply.interval(0.005) {
        done if ++$ticks == 5;
    }
}
check 'an interval', $ticks == 5;
my $before = now;
await Promise.in(0.02);
check 'a timer', now - $before >= 0.019;

spurt 'file', 'written';
check 'a file', slurp('file') eq 'written' && 'file'.IO.s == 7;
mkdir 'dir';
spurt "dir/$_", $_ for ^10;
check 'a folder', dir('dir').elems == 10;
check 'no file', (try slurp('none')) === Nil && $!.defined;

my $udp = IO::Socket::Async.bind-udp('127.0.0.1', 0);
say 'ok';
exit 0;
