# disk-work.pl DIRECTORY: works with files there and prints, a line each: MB/s of a sequential write with its fsync, MB/s of
# reading it again, 4 KiB random writes with fsync a second, files created a second. Runs in a node, which has Perl.
use strict;
use warnings;
use Fcntl;
use IO::Handle;
use Time::HiRes 'time';

my ($directory) = @ARGV;
my ($mib, $writes, $files) = (512, 500, 1000);
my $block = join '', map { chr int rand 256 } 1 .. 1 << 20;
my $file = "$directory/file";

sub timed {
    my ($amount, $work) = @_;
    my $started = time;
    $work->();
    printf "%.2f\n", $amount / (time - $started);
}

timed($mib * 1.048576, sub {
    sysopen my $out, $file, O_WRONLY | O_CREAT | O_TRUNC or die "$file: $!";
    for (1 .. $mib) { syswrite($out, $block) == length $block or die "$file: $!" }
    $out->sync or die "$file: $!";
    close $out or die "$file: $!";
});

# From the disk, not from this node's memory.
system('dd', "of=$file", 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none') == 0 or die 'dd';
timed($mib * 1.048576, sub {
    sysopen my $in, $file, O_RDONLY or die "$file: $!";
    while (sysread $in, my $read, 1 << 20) { }
});

timed($writes, sub {
    sysopen my $out, $file, O_WRONLY or die "$file: $!";
    for (1 .. $writes) {
        sysseek $out, 4096 * int(rand $mib * 256), 0;
        syswrite($out, $block, 4096) == 4096 or die "$file: $!";
        $out->sync or die "$file: $!";
    }
});

mkdir "$directory/files" or die "$directory/files: $!";
timed($files, sub {
    for (1 .. $files) {
        sysopen my $out, "$directory/files/$_", O_WRONLY | O_CREAT | O_EXCL or die "$_: $!";
        close $out or die "$_: $!";
    }
});
