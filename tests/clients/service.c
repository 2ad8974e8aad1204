/* A service of the tests: an HTTP server that keeps connections open and takes its time.

   It answers every request with what is in /www/health, after as many milliseconds as the query
   says (`/?200`). Told to end, it ends at once, in the middle of whatever it does; with the argument
   `gracefully`, it listens no more and finishes what it was asked. */

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static char version[64];
static atomic_int asked;
static int door;

static void end_at_once(int signal) {
    (void)signal;
    _exit(0);
}

/* One request: its query, and its body read to the end; -1 where there is none. */
static int read_request(FILE *from) {
    char line[4096];
    int delay = 0;
    long body = 0;
    if (!fgets(line, sizeof line, from)) return -1;
    atomic_fetch_add(&asked, 1);
    char *query = strchr(line, '?');
    if (query) delay = atoi(query + 1);
    while (fgets(line, sizeof line, from) && line[0] != '\r')
        if (!strncasecmp(line, "Content-Length:", 15)) body = atol(line + 15);
    while (body-- > 0) fgetc(from);
    return delay;
}

static void *serve(void *connection) {
    int socket = (int)(long)connection;
    FILE *from = fdopen(socket, "r");
    for (int delay; (delay = read_request(from)) >= 0;) {
        usleep(delay * 1000);
        dprintf(socket, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(version), version);
        atomic_fetch_sub(&asked, 1);
    }
    fclose(from);
    return NULL;
}

static void *end_gracefully(void *signals) {
    int received;
    sigwait(signals, &received);
    shutdown(door, SHUT_RDWR);
    while (atomic_load(&asked)) usleep(1000);
    exit(0);
}

int main(int count, char **arguments) {
    pthread_t thread;
    sigset_t signals;
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(80)};
    FILE *file = fopen("/www/health", "r");
    if (!file || !fgets(version, sizeof version, file)) return 1;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, end_at_once);
    if (count > 1 && !strcmp(arguments[1], "gracefully")) {
        sigemptyset(&signals);
        sigaddset(&signals, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &signals, NULL);
        pthread_create(&thread, NULL, end_gracefully, &signals);
    }
    door = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(door, (struct sockaddr *)&place, sizeof place) || listen(door, 128)) return 2;
    for (int connection; (connection = accept(door, NULL, NULL)) >= 0;)
        if (!pthread_create(&thread, NULL, serve, (void *)(long)connection)) pthread_detach(thread);
    pause();
}
