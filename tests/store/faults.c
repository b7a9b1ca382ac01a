/* The disk as the store sees it, preloaded before the C library. It can fail on demand, and it can keep a diary.

   $FAULTS: a file that says what fails with which error number ("fsync 5", "pwrite 28"; empty or absent: nothing does).
   $DIARY: a file to which every change is appended as it happens: writes with their bytes, truncations, fsyncs, and what the
   process says on its standard output. From that the state of the disk after a power cut at any moment can be made.
   Both concern files under $FAULTY only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int wanted(const char *call) {
    char name[32] = "";
    int number = 0;
    const char *where = getenv("FAULTS");
    FILE *file = where ? fopen(where, "re") : NULL;
    if (!file) return 0;
    int read = fscanf(file, "%31s %d", name, &number);
    fclose(file);
    return read == 2 && !strcmp(name, call) ? number : 0;
}

/* The path of an open file of ours, or NULL. */
static const char *ours(int handle, char *path, size_t size) {
    char link[64];
    const char *folder = getenv("FAULTY");
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t length = readlink(link, path, size - 1);
    if (length < 0 || !folder) return NULL;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) ? NULL : path;
}

/* One line of the diary: kind, path, where, how much, the bytes. */
static void note(char kind, const char *path, int64_t at, const void *data, uint64_t size) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int diary = -1;
    const char *where = getenv("DIARY");
    if (!where) return;
    pthread_mutex_lock(&lock);
    if (diary < 0) diary = open(where, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    uint32_t length = strlen(path);
    uint64_t bytes = data ? size : 0;
    struct iovec parts[] = {{&kind, 1}, {&length, 4}, {(void *)path, length}, {&at, 8}, {&bytes, 8}, {(void *)data, bytes}};
    if (writev(diary, parts, 6) < 0) abort();
    pthread_mutex_unlock(&lock);
}

#define NEXT(type, name) \
    static type next; \
    if (!next) next = (type)dlsym(RTLD_NEXT, name)
#define FAIL(call) \
    do { int number; if (path && (number = wanted(call))) { errno = number; return -1; } } while (0)

typedef int (*sync_call)(int);
typedef ssize_t (*pwrite_call)(int, const void *, size_t, off64_t);
typedef int (*truncate_call)(int, off64_t);
typedef ssize_t (*write_call)(int, const void *, size_t);

static int synced(sync_call next, int handle) {
    char buffer[4096];
    const char *path = ours(handle, buffer, sizeof buffer);
    FAIL("fsync");
    int result = next(handle);
    if (path && !result) note('S', path, 0, NULL, 0);
    return result;
}

int fsync(int handle) {
    NEXT(sync_call, "fsync");
    return synced(next, handle);
}

int fdatasync(int handle) {
    NEXT(sync_call, "fdatasync");
    return synced(next, handle);
}

ssize_t pwrite64(int handle, const void *data, size_t size, off64_t at) {
    NEXT(pwrite_call, "pwrite64");
    char buffer[4096];
    const char *path = ours(handle, buffer, sizeof buffer);
    FAIL("pwrite");
    if (path) note('W', path, at, data, size);
    return next(handle, data, size, at);
}

ssize_t pwrite(int handle, const void *data, size_t size, off_t at) {
    return pwrite64(handle, data, size, at);
}

int ftruncate64(int handle, off64_t size) {
    NEXT(truncate_call, "ftruncate64");
    char buffer[4096];
    const char *path = ours(handle, buffer, sizeof buffer);
    if (path) note('T', path, size, NULL, 0);
    return next(handle, size);
}

int ftruncate(int handle, off_t size) {
    return ftruncate64(handle, size);
}

ssize_t write(int handle, const void *data, size_t size) {
    NEXT(write_call, "write");
    if (handle == 1) note('A', "", 0, data, size);
    return next(handle, data, size);
}
