/* RabbitMQ's publish-and-consume limit: HOST PORT USER PASSWORD VHOST MESSAGES BYTES; prints messages per second.
 *
 * One thread publishes persistent messages to a quorum queue with publisher confirms, at most 500 unconfirmed; another
 * consumes them with prefetch 200 and one ack each. The clock runs from the first message received to the last. */
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
static long messages, bytes;
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
    must(socket && amqp_socket_open(socket, given[1], atoi(given[2])) == AMQP_STATUS_OK, "connect");
    amqp_rpc_reply_t reply =
        amqp_login(connection, given[5], 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, given[3], given[4]);
    must(reply.reply_type == AMQP_RESPONSE_NORMAL, "login");
    must(amqp_channel_open(connection, 1) != NULL, "channel");
    return connection;
}

static void *publish(void *unused) {
    amqp_connection_state_t connection = open_connection();
    must(amqp_confirm_select(connection, 1) != NULL, "confirms");
    char *body = malloc((size_t)bytes);
    memset(body, 'x', (size_t)bytes);
    amqp_bytes_t content = {(size_t)bytes, body};
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

int main(int count, char **arguments) {
    must(count == 8, "HOST PORT USER PASSWORD VHOST MESSAGES BYTES");
    given = arguments;
    messages = atol(given[6]);
    bytes = atol(given[7]);
    amqp_connection_state_t connection = open_connection();
    amqp_table_entry_t entry = {amqp_cstring_bytes("x-queue-type"), {.kind = AMQP_FIELD_KIND_UTF8}};
    entry.value.value.bytes = amqp_cstring_bytes("quorum");
    amqp_table_t queue_arguments = {1, &entry};
    must(amqp_queue_declare(connection, 1, amqp_cstring_bytes("limit"), 0, 1, 0, 0, queue_arguments) != NULL, "queue");
    must(amqp_basic_qos(connection, 1, 0, 200, 0) != NULL, "qos");
    must(amqp_basic_consume(connection, 1, amqp_cstring_bytes("limit"), amqp_empty_bytes, 0, 0, 0,
                            amqp_empty_table) != NULL, "consume");
    pthread_t publisher;
    must(pthread_create(&publisher, NULL, publish, NULL) == 0, "thread");
    for (long received = 0; received < messages; received++) {
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(connection);
        amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, NULL, 0);
        must(reply.reply_type == AMQP_RESPONSE_NORMAL, "delivery");
        if (received == 0) began = now();
        must(amqp_basic_ack(connection, 1, envelope.delivery_tag, 0) == AMQP_STATUS_OK, "ack of ours");
        amqp_destroy_envelope(&envelope);
    }
    ended = now();
    pthread_join(publisher, NULL);
    amqp_destroy_connection(connection);
    printf("%.0f\n", (double)(messages - 1) / (ended - began));
    return 0;
}
