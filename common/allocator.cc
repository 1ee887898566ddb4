// Settings of jemalloc, which programs take by linking signpost_allocator.
//
// A full state of 100 000 tasks is some 300 MB that is touched for the first time: with pages of
// 4 KiB a third of the time goes to page faults. Huge pages are taken where the kernel leaves the
// choice to the program, as Debian's does ("madvise").
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,metadata_thp:always";
}
