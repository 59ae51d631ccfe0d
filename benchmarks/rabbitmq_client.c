/* A client that costs next to nothing. It prints messages per second, from the first message received to the last.
 *
 * limit HOST PORT USER PASSWORD VHOST MESSAGES BYTES: RabbitMQ's publish-and-consume limit. One thread publishes
 * persistent messages to a quorum queue with publisher confirms, at most 500 unconfirmed; another consumes them with
 * prefetch 200 and one ack each.
 *
 * subscribe HOST PORT USER PASSWORD VHOST MESSAGES EXCHANGE KEY: an internal system's own queue, bound to the exchange.
 * Prints "ready" when it is bound. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_tcp_socket.h>
#endif

static char **given;
static long messages;
static double began, ended;

static void must(int good, const char *what) {
    if (!good) {
        fprintf(stderr, "failed: %s\n", what);
        exit(1);
    }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static amqp_connection_state_t open_connection(void) {
    amqp_connection_state_t connection = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(connection);
    must(socket && amqp_socket_open(socket, given[2], atoi(given[3])) == AMQP_STATUS_OK, "connect");
    amqp_rpc_reply_t reply =
        amqp_login(connection, given[6], 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, given[4], given[5]);
    must(reply.reply_type == AMQP_RESPONSE_NORMAL, "login");
    must(amqp_channel_open(connection, 1) != NULL, "channel");
    return connection;
}

static void *publish(void *unused) {
    amqp_connection_state_t connection = open_connection();
    must(amqp_confirm_select(connection, 1) != NULL, "confirms");
    size_t bytes = (size_t)atol(given[8]);
    char *body = malloc(bytes);
    memset(body, 'x', bytes);
    amqp_bytes_t content = {bytes, body};
    amqp_basic_properties_t properties = {0};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    long sent = 0, confirmed = 0;
    while (confirmed < messages) {
        while (sent < messages && sent - confirmed < 500) {
            int done = amqp_basic_publish(connection, 1, amqp_empty_bytes, amqp_cstring_bytes("limit"), 1, 0,
                                          &properties, content);
            must(done == AMQP_STATUS_OK, "publish");
            sent++;
        }
        amqp_frame_t frame;
        must(amqp_simple_wait_frame(connection, &frame) == AMQP_STATUS_OK, "confirm");
        must(frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_ACK_METHOD, "ack");
        amqp_basic_ack_t *ack = frame.payload.method.decoded;
        confirmed = ack->multiple ? (long)ack->delivery_tag : confirmed + 1;
        amqp_maybe_release_buffers(connection);
    }
    free(body);
    amqp_destroy_connection(connection);
    return unused;
}

static void receive(amqp_connection_state_t connection, int acks) {
    for (long received = 0; received < messages; received++) {
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(connection);
        amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, NULL, 0);
        must(reply.reply_type == AMQP_RESPONSE_NORMAL, "delivery");
        if (received == 0) began = now();
        if (acks) must(amqp_basic_ack(connection, 1, envelope.delivery_tag, 0) == AMQP_STATUS_OK, "ack of ours");
        amqp_destroy_envelope(&envelope);
    }
    ended = now();
}

static void limit(amqp_connection_state_t connection) {
    amqp_table_entry_t entry = {amqp_cstring_bytes("x-queue-type"), {.kind = AMQP_FIELD_KIND_UTF8}};
    entry.value.value.bytes = amqp_cstring_bytes("quorum");
    amqp_table_t queue_arguments = {1, &entry};
    amqp_bytes_t queue = amqp_cstring_bytes("limit");
    must(amqp_queue_declare(connection, 1, queue, 0, 1, 0, 0, queue_arguments) != NULL, "queue");
    must(amqp_basic_qos(connection, 1, 0, 200, 0) != NULL, "qos");
    must(amqp_basic_consume(connection, 1, queue, amqp_empty_bytes, 0, 0, 0, amqp_empty_table) != NULL, "consume");
    pthread_t publisher;
    must(pthread_create(&publisher, NULL, publish, NULL) == 0, "thread");
    receive(connection, 1);
    pthread_join(publisher, NULL);
}

static void subscribe(amqp_connection_state_t connection) {
    amqp_queue_declare_ok_t *made =
        amqp_queue_declare(connection, 1, amqp_empty_bytes, 0, 0, 1, 0, amqp_empty_table);
    must(made != NULL, "queue");
    amqp_bytes_t queue = amqp_bytes_malloc_dup(made->queue);
    must(amqp_queue_bind(connection, 1, queue, amqp_cstring_bytes(given[8]), amqp_cstring_bytes(given[9]),
                         amqp_empty_table) != NULL,
         "bind");
    must(amqp_basic_consume(connection, 1, queue, amqp_empty_bytes, 0, 1, 1, amqp_empty_table) != NULL, "consume");
    amqp_bytes_free(queue);
    printf("ready\n");
    fflush(stdout);
    receive(connection, 0);
}

int main(int count, char **arguments) {
    int subscribes = count == 10 && strcmp(arguments[1], "subscribe") == 0;
    must(subscribes || (count == 9 && strcmp(arguments[1], "limit") == 0), "arguments: see the head of the source");
    given = arguments;
    messages = atol(given[7]);
    amqp_connection_state_t connection = open_connection();
    if (subscribes)
        subscribe(connection);
    else
        limit(connection);
    amqp_destroy_connection(connection);
    printf("%.0f\n", (double)(messages - 1) / (ended - began));
    return 0;
}
