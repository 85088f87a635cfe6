/* Preloaded into the daemon: moves its wall clock, and lets certain mails harm the worker that reads them.

   WALLJUMP_FILE holds the seconds by which the wall clock is off, and is read anew at each call; what is monotonic,
   and sleeps, stay real. A worker that reads "X-Chaos: kill" dies as of a fault in a parser written in C; at
   "X-Chaos: hang" it never answers again.

   cc -shared -fPIC -O2 -o walljump.so walljump.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int worker;

__attribute__((constructor)) static void look(void) {
    char line[4096] = {0};
    int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t size = syscall(SYS_read, file, line, sizeof line - 1);
    close(file);
    worker = size > 0 && memmem(line, size, "intake.worker", 13) != NULL;
}

static long off_by(void) {
    char text[32] = {0};
    const char *name = getenv("WALLJUMP_FILE");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return 0;
    ssize_t size = syscall(SYS_read, file, text, sizeof text - 1);
    close(file);
    return size > 0 ? atol(text) : 0;
}

int clock_gettime(clockid_t which, struct timespec *now) {
    int fault = syscall(SYS_clock_gettime, which, now);
    if (!fault && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += off_by();
    return fault;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec fine;
    clock_gettime(CLOCK_REALTIME, &fine);
    now->tv_sec = fine.tv_sec;
    now->tv_usec = fine.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec fine;
    clock_gettime(CLOCK_REALTIME, &fine);
    if (now) *now = fine.tv_sec;
    return fine.tv_sec;
}

static ssize_t harmed(const void *into, ssize_t size) {
    if (worker && size > 20) {
        if (memmem(into, size, "X-Chaos: kill", 13)) kill(getpid(), SIGSEGV);
        if (memmem(into, size, "X-Chaos: hang", 13))
            for (;;) pause();
    }
    return size;
}

ssize_t read(int file, void *into, size_t most) {
    static ssize_t (*real)(int, void *, size_t);
    if (!real) real = (ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
    return harmed(into, real(file, into, most));
}

ssize_t recv(int file, void *into, size_t most, int flags) {
    static ssize_t (*real)(int, void *, size_t, int);
    if (!real) real = (ssize_t (*)(int, void *, size_t, int))dlsym(RTLD_NEXT, "recv");
    return harmed(into, real(file, into, most, flags));
}
