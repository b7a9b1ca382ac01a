/* Makes the disk fail on demand: preloaded before the C library, it answers with the error number that stands in the file
   $FAULTS ("fsync 5", "pwrite 28", "open 30"; empty: all is well), for files under $FAULTY only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int wanted(const char *call) {
    char name[32] = "";
    int number = 0;
    FILE *file = fopen(getenv("FAULTS"), "re");
    if (!file) return 0;
    int read = fscanf(file, "%31s %d", name, &number);
    fclose(file);
    return read == 2 && !strcmp(name, call) ? number : 0;
}

static int ours(int handle) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return !strncmp(path, getenv("FAULTY"), strlen(getenv("FAULTY")));
}

#define FAIL(call, handle) \
    do { int number; if (ours(handle) && (number = wanted(call))) { errno = number; return -1; } } while (0)

int fsync(int handle) {
    static int (*next)(int);
    if (!next) next = dlsym(RTLD_NEXT, "fsync");
    FAIL("fsync", handle);
    return next(handle);
}

int fdatasync(int handle) {
    static int (*next)(int);
    if (!next) next = dlsym(RTLD_NEXT, "fdatasync");
    FAIL("fsync", handle);
    return next(handle);
}

ssize_t pwrite64(int handle, const void *data, size_t size, off64_t at) {
    static ssize_t (*next)(int, const void *, size_t, off64_t);
    if (!next) next = dlsym(RTLD_NEXT, "pwrite64");
    FAIL("pwrite", handle);
    return next(handle, data, size, at);
}

ssize_t pwrite(int handle, const void *data, size_t size, off_t at) {
    return pwrite64(handle, data, size, at);
}
